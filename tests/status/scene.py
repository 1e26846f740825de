# SPDX-License-Identifier: GPL-2.0-or-later
"""A board with something of everything, for the page's tests and its picture."""
from server import FIELDS, row


def change(file, line, *fields, **more):
    return {"action": "update", "source": {"file": file, "line": line, "column": 1}, "fields": list(fields), "requests": [], **more}


def edited(path, before, after, why="edited", **more):
    return {"path": path, "why": why, "before": before, "after": after, **more}


ROWS = [
    row("kaleyra/NumberProfile/front-desk", "drift", since=1500, change=change("numbers.yaml", 12, *FIELDS)),
    row("kaleyra/NumberProfile/restaurant", since=86400 * 3, change=change(
        "numbers.yaml", 31, {"path": "/address", "why": "unverifiable", "before": "12 MG Road, Pune", "after": "12 MG Road, Pune", "sent_at": "2026-11-02T10:00:00Z"})),
    row("kaleyra/NumberProfile/spa", "pending", since=40, change=change("numbers.yaml", 44, edited("/about", "Closed", "Open 10-20"))),
    row("kapso/WhatsAppConfig/support", "blocked", since=7200, error="'webhook_destination_url' is where messages go; changing it needs a permission",
        hint="Run `waconf apply --allow reach`, or start the daemon with --allow reach.",
        change=change("kapso.yaml", 8, edited("/webhook_destination_url", "https://old.example/in", "https://hooks.example/in"))),
    row("kapso/WhatsAppConfig/bookings", since=90000),
    row("pingone/WhatsAppDeliverySettings/staging", "failed", since=610, failures=4, retry_in=95000,
        error="PingOne refused the credentials of 'pingone/Account/staging' (HTTP 401)", hint="Check client_id and client_secret; PingOne shows them once.",
        change=change("staging/pingone.yaml", 3)),
    row("voltmx/WhatsAppConfig/production", since=86400 * 12),
    row("webexconnect/Message/welcome", "unsure", since=320, error="the answer was lost after the message was sent; it is not sent again",
        hint="Ask the recipient, then: waconf resolve webexconnect/Message/welcome --sent (or --not-sent)", change=change("messages.yaml", 2)),
]
PASSES = [
    {"at": 35, "ms": 184, "objects": 1, "applied": 0, "result": "unsure"},
    {"at": 95, "ms": 2310, "all": True, "objects": 8, "applied": 1, "failed": 1, "result": "failures"},
    {"at": 640, "ms": 12, "result": "down", "error": "the state cannot be opened: the disk is full"},
    {"at": 695, "ms": 1904, "all": True, "objects": 8, "applied": 2, "result": "ok"},
]
COMMIT = "5f3c9a71be0d4c2f8a6e1d3b5f7092c4e8a1b6d3"

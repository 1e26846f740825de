/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/alert.h"

const char *const alert_event_names[ALERT_EVENT_COUNT + 1] = { "applied", "drift", "failed", "unsure", "refused", "recovered", NULL };
const char *const alert_words[ALERT_WORD_COUNT] = { "alert", "event", "count", "address", "state", "before", "error", "hint", "commit", "env", "at" };

static const char *const content_types[] = { "application/json", "text/plain", NULL };

static const struct field fields[] = {
    { "/on", &type_strings, FIELD_REQUIRED, .min = 1, .max = 6, .choices = alert_event_names, .example = "[failed, unsure, recovered]",
      .help = "What is told: applied, drift, failed, unsure, refused (by a guard or a freeze; also a tree or commit that is not taken), recovered." },
    { "/match/kind", &type_text, .min = 1, .max = 128, .example = "kaleyra/NumberProfile", .help = "Only objects of this kind." },
    { "/match/labels", &type_map, .max = 100, .example = "{ city: pune }", .help = "Only objects that have all of these labels." },
    { "/per_minute", &type_count, .fallback = "6", .example = "6", .help = "At most so many notices in a minute, 60 at most; more are put together into one with a count." },
    { "/webhook/url", &type_url, FIELD_ORIGIN, .max = 2048, .example = "https://alerts.hotel.example/waconf",
      .help = "Where the notice is posted. Its origin must be named by --allow-origin or the trust file." },
    { "/webhook/secret", &type_text, FIELD_SECRET, .max = 1024, .example = "cred:alert-secret",
      .help = "Signs the body: X-Waconf-Signature-256 is sha256= and the HMAC-SHA256 of it in hex." },
    { "/webhook/format", &type_lines, .min = 1, .max = 4096, .example = "{\"text\": \"{event} {address}: {error}\"}",
      .help = "The body, with {alert} {event} {count} {address} {state} {before} {error} {hint} {commit} {env} {at}; other braces are themselves. Without it all of "
              "these as JSON, with a list of events." },
    { "/webhook/content_type", &type_choice, .choices = content_types, .example = "application/json",
      .help = "Of the body made by format; application/json when not stated, and then values are escaped for JSON texts." },
    { "/message/account", &type_text, .min = 1, .max = 63, .example = "concierge", .help = "A webexconnect/Account: the notice is a WhatsApp text." },
    { "/message/appid", &type_id, .min = 1, .max = 128, .example = "a_167", .help = "WhatsApp app id, from the Apps page of the console." },
    { "/message/destination", &type_strings, .min = 1, .max = 20, .example = "[\"+919000000009\"]",
      .help = "Operators' numbers. They must have written to the app within the last 24 hours (the reply window)." },
    { "/message/text", &type_lines, .min = 1, .max = 1024, .example = "{event} {address}: {error}", .help = "The text, with the same words in braces as webhook.format." },
    { 0 }
};

static const struct rule rules[] = {
    { RULE_ONE_OF, { "/webhook", "/message" }, "A notice goes to a webhook or out as a message; write two Alerts for both." },
    { RULE_NEEDS, { "/webhook", "/webhook/url" }, "Say where it is posted." },
    { RULE_NEEDS, { "/webhook/content_type", "/webhook/format" }, "It describes the body that format makes." },
    { RULE_NEEDS, { "/message", "/message/account", "/message/appid", "/message/destination" }, "A message needs all three." },
    { 0 }
};

static const struct kind alert = {
    .name = "Alert", .fields = fields, .rules = rules, .life = LIFE_ACCOUNT,
    .help = "Whom the daemon (waconf watch) tells of what happens to which objects; told once per transition.",
};
static const struct kind none[] = { { 0 } };
static const struct auth no_auth[] = { { 0 } };

const struct provider alert_provider = { .group = "waconf", .version = "v1", .title = "waconf", .account = &alert, .kinds = none, .auth = no_auth };

/* Length of "{word}" at the start of s, or 0. */
static size_t placeholder(struct str s)
{
    size_t n = 1;
    while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '_'))
        n++;
    return n > 1 && n < s.n && s.p[n] == '}' ? n + 1 : 0;
}

bool alert_template_next(struct str *rest, struct str *text, struct str *word)
{
    struct str s = *rest;
    *word = (struct str){ 0 };
    for (size_t i = 0; i < s.n; i++) {
        size_t n = s.p[i] == '{' ? placeholder(str_skip(s, i)) : 0;
        if (!n)
            continue;
        *text = str_head(s, i);
        *word = (struct str){ s.p + i + 1, n - 2 };
        *rest = str_skip(s, i + n);
        return true;
    }
    *text = s;
    *rest = (struct str){ 0 };
    return s.n > 0;
}

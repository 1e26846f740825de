# SPDX-License-Identifier: GPL-2.0-or-later
# freeze and thaw: an incident stops writes to some addresses, and says so.
load common

with_sandbox() {
    "$WACONF" sandbox >address 3>&- &
    sandbox=$!
    until [ -s address ]; do kill -0 "$sandbox" || return 1; done
    url=$(head -1 address)
    good_tree
    sed -i "s,https://api.in.kaleyra.io,$url/kaleyra," tree/all.yaml
    export KEY=canary
}
teardown() { [ -z "${sandbox:-}" ] || kill "$sandbox"; }
pass() { run --separate-stderr waconf "$@" tree --state st --allow-origin "$url" -o json; }

@test "a frozen object is blocked, with who, why and until when; thawed it is written" {
    with_sandbox
    run --separate-stderr waconf freeze 'kaleyra/*' --reason 'incident 12' --until 2h --state st
    [ "$status" = 0 ]
    has '"kaleyra/*" is frozen until '
    pass apply --yes
    [ "$status" = 4 ]
    json 'j["changes"][0]["outcome"] == "blocked" and j["changes"][0]["error"]["code"] == "E710"'
    json '"incident 12" in j["changes"][0]["error"]["message"] and "thaw" in j["changes"][0]["error"]["hint"]'
    pass plan --check-guards
    [ "$status" = 4 ]
    [ "$(curl -s "$url/_sandbox/requests")" = "[]" ]
    run --separate-stderr waconf thaw 'kaleyra/*' --state st
    [ "$status" = 0 ]
    pass apply --yes
    [ "$status" = 0 ]
    json 'j["changes"][0]["outcome"] == "applied"'
}

@test "a freeze touches only what matches, and ends by itself" {
    with_sandbox
    run waconf freeze 'pingone/*' --reason x --until 2099-01-01T00:00:00Z --state st
    [ "$status" = 0 ]
    pass apply --yes
    [ "$status" = 0 ]
}

@test "status lists the freezes that hold, with their reason and end" {
    run waconf freeze 'pingone/*' --reason 'incident 12' --until 2099-01-01T00:00:00Z --state st
    run --separate-stderr waconf status --state st
    [ "$status" = 0 ]
    has 'Frozen'
    has 'incident 12'
    has '2099-01-01T00:00:00Z'
    run --separate-stderr waconf status --state st -o json
    json 'len(j["freezes"]) == 1 and j["freezes"][0]["pattern"] == "pingone/*" and j["freezes"][0]["reason"] == "incident 12"'
    json 'j["freezes"][0]["until"] == "2099-01-01T00:00:00Z" and j["drift"] == []'
    run waconf thaw 'pingone/*' --state st
    run --separate-stderr waconf status --state st -o json
    json 'j["freezes"] == []'
}

@test "freeze wants a pattern, a reason and a time to come; thaw a pattern that is frozen" {
    run --separate-stderr waconf freeze 'a/*' --until 2h --state st
    [ "$status" = 64 ]
    run --separate-stderr waconf freeze 'a/*' --reason x --state st
    [ "$status" = 64 ]
    run --separate-stderr waconf freeze 'a/*' --reason x --until 2001-01-01T00:00:00Z --state st
    [ "$status" = 64 ]
    says "is in the past"
    run --separate-stderr waconf freeze 'a/*' --reason x --until soon --state st
    [ "$status" = 64 ]
    run --separate-stderr waconf thaw 'a/*' --state st
    [ "$status" = 1 ]
    says "no freeze has the pattern 'a/*'"
}

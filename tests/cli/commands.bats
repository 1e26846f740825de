#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
load common

@test "validate: right, wrong, nothing there" {
    good_tree
    run --separate-stderr waconf validate tree
    [ "$status" = 0 ]
    [ "$output" = "2 documents: valid." ]
    silent
    bad_tree
    run --separate-stderr waconf validate tree
    [ "$status" = 65 ]
    has "tree/all.yaml:9:53: error E301: 'abuot' is not a field of kaleyra/NumberProfile."
    has "Did you mean 'about'?"
    run --separate-stderr waconf validate tree -o json
    [ "$status" = 65 ]
    json "j['valid'] is False and j['errors'] == 1 and j['diagnostics'][0]['source'] == {'file': 'tree/all.yaml', 'line': 9, 'column': 53}"
    mkdir empty
    run --separate-stderr waconf validate empty
    [ "$status" = 65 ]
    has E201
    run --separate-stderr waconf validate nowhere -o json
    [ "$status" = 65 ]
    json "j['valid'] is False"
}

@test "validate needs no secret, no network and no state" {
    good_tree
    run --separate-stderr env -i PATH="$PATH" "$WACONF" validate tree
    [ "$status" = 0 ]
    silent
    [ -z "$(find "$HOME" -type f)" ]
}

@test "--output-file beside the main output" {
    good_tree
    run --separate-stderr waconf validate tree --output-file json=out.json --output-file human=out.txt
    [ "$status" = 0 ]
    [ "$output" = "2 documents: valid." ]
    [ "$(cat out.txt)" = "$output" ]
    output=$(cat out.json) json "j['valid'] is True"
    run --separate-stderr waconf validate tree --output-file json=no/such/dir
    [ "$status" = 1 ]
    says "cannot write to 'no/such/dir'"
    run --separate-stderr waconf validate tree --output-file markdown=x
    [ "$status" = 64 ]
    says "no markdown form"
}

@test "version: ours and the libraries'" {
    run --separate-stderr waconf version
    [ "$status" = 0 ]
    [[ ${lines[0]} =~ ^waconf\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    has libcurl
    has sqlite
    has libmicrohttpd
    run --separate-stderr waconf version -o json
    json "set(j['libraries']) == {'glibc', 'libyaml', 'jansson', 'sqlite', 'libsodium', 'libcurl', 'libmicrohttpd'} and all(j['libraries'].values())"
    run --separate-stderr waconf --version
    [ "$status" = 0 ]
    has "waconf "
}

@test "commands without network do not load its libraries" {
    good_tree
    for words in version help providers "validate tree" schema; do
        # shellcheck disable=SC2086
        run env LD_DEBUG=files "$WACONF" $words
        hasnt "file=libcurl"
        hasnt "file=libmicrohttpd"
        has "file=libyaml" # the judge sees what is loaded
    done
}

@test "explain: every code has meaning and mending; they are sorted and unique" {
    run --separate-stderr waconf explain -o json
    [ "$status" = 0 ]
    json "len(j['codes']) > 30"
    json "[c['code'] for c in j['codes']] == sorted({c['code'] for c in j['codes']})"
    json "all(c['title'] and c['meaning'].endswith('.') and c['mend'].endswith('.') for c in j['codes'])"
    run --separate-stderr waconf explain e002
    [ "$status" = 0 ]
    has "E002: not in this version"
    has "What to do: "
    run --separate-stderr waconf explain E999
    [ "$status" = 64 ]
    says "there is no code 'E999'"
    run --separate-stderr waconf explain -o markdown
    [ "$status" = 0 ]
    has "| E001 | wrong usage |"
}

@test "explain knows every code that the program can print" {
    known=$(waconf explain -o json | grep -o '"code": "[EW][0-9]*"' | grep -o '[EW][0-9]*' | sort -u)
    used=$(grep -rhoE '"[EW][0-9]{3}"' "$ROOT/agent" --include='*.c' --exclude-dir=sandbox --exclude-dir=provider | tr -d '"' | sort -u)
    [ -n "$used" ]
    missing=$(comm -13 <(echo "$known") <(echo "$used"))
    [ -z "$missing" ] || { echo "without explanation: $missing"; false; }
}

@test "validate checks the options and the file that say what is trusted, and trusts nobody by itself" {
    good_tree
    sed -i 's,https://api.in.kaleyra.io,https://elsewhere.example,' tree/all.yaml
    run --separate-stderr waconf validate tree
    [ "$status" = 0 ]
    for words in "--allow-origin garbage" "--allow-origin http://127.0.0.1:1/kaleyra" "--allow-origin https://a?x" "--allow-exec rel" \
        "--allow-file nowhere"; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf validate tree $words
        [ "$status" = 64 ] || { echo "$words: $status"; false; }
    done
    run --separate-stderr waconf validate tree --trust /nowhere
    [ "$status" = 1 ]
    says "/nowhere"
    printf 'apiVersion: waconf/v1\nkind: Trust\nspec: { origin: [] }\n' >trust.yaml
    run --separate-stderr waconf validate tree --trust trust.yaml
    [ "$status" = 65 ]
    has "'origin' is not known in a trust file"
    mkdir wd; cp trust.yaml wd; chmod 777 wd
    run --separate-stderr waconf validate tree --trust wd/trust.yaml
    [ "$status" = 4 ]
    says "can be replaced by others"
    printf 'apiVersion: waconf/v1\nkind: Trust\nspec: { origins: [] }\n' >trust.yaml
    run --separate-stderr waconf validate tree --trust trust.yaml
    [ "$status" = 0 ]
    ln trust.yaml tree/t.yaml
    run --separate-stderr waconf validate tree --trust trust.yaml
    [ "$status" = 4 ]
    says "a second name"
}

@test "providers: five of them, as people, JSON and markdown" {
    run --separate-stderr waconf providers
    [ "$status" = 0 ]
    for kind in kaleyra/NumberProfile kapso/WhatsAppConfig pingone/WhatsAppDeliverySettings voltmx/WhatsAppConfig webexconnect/Message; do
        has "$kind"
    done
    run --separate-stderr waconf providers -o json
    json "[p['group'] for p in j['providers']] == ['kaleyra', 'kapso', 'pingone', 'voltmx', 'webexconnect']"
    json "all(f['help'] and f['example'] for p in j['providers'] for k in p['kinds'] for f in k['fields'])"
    json "all(k['kind'].endswith('/Account') for p in j['providers'] for k in p['kinds'][:1])"
}

@test "schema: of all, of a group, of a kind, of our own" {
    for word in "" waconf kaleyra kapso/Account waconf/Plan waconf/Defaults waconf/Trust; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf schema $word
        [ "$status" = 0 ]
        silent
        json "j['\$schema'] == 'http://json-schema.org/draft-07/schema#'"
    done
    run --separate-stderr waconf schema kaleyra/Nothing
    [ "$status" = 64 ]
    [ -z "$output" ]
    run --separate-stderr waconf schema a b
    [ "$status" = 64 ]
}

@test "status, history and state show make no state" {
    for words in status history "state show" "history kaleyra/Account/x"; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf $words --state s
        [ "$status" = 0 ]
        [ ! -e s ]
        # shellcheck disable=SC2086
        run --separate-stderr waconf $words --state s -o json
        [ "$status" = 0 ]
        json "j['format_version'] == '1.0'"
        [ ! -e s ]
    done
    run --separate-stderr waconf state forget a/b/c --state s
    [ "$status" = 1 ]
    says "there is no state in 's'"
    [ ! -e s ]
    run --separate-stderr waconf resolve a/b/c --sent --state s
    [ "$status" = 1 ]
    [ ! -e s ]
}

@test "state init makes one, for its owner only; twice is fine" {
    run --separate-stderr waconf state init --state s -o json
    [ "$status" = 0 ]
    json "j['state']['exists'] and j['state']['integrity'] == 'ok'"
    [ "$(stat -c %a s)" = 700 ]
    [ "$(stat -c %a s/key)" = 600 ]
    run --separate-stderr waconf state init --state s
    [ "$status" = 0 ]
    has "was there already"
    run --separate-stderr waconf state show --state s
    [ "$status" = 0 ]
    has "integrity"
    has "ok"
    run --separate-stderr waconf state forget kaleyra/NumberProfile/x --state s
    [ "$status" = 1 ]
    says "knows nothing of"
    run --separate-stderr waconf state forget kaleyra/NumberProfile/x --state s -o json
    [ "$status" = 1 ]
    json "j['diagnostics'][0]['code'] == 'E509'"
}

@test "resolve wants one of --sent and --not-sent" {
    waconf state init --state s >/dev/null
    run --separate-stderr waconf resolve webexconnect/Message/x --state s
    [ "$status" = 64 ]
    says "--not-sent"
    run --separate-stderr waconf resolve webexconnect/Message/x --sent --not-sent --state s
    [ "$status" = 64 ]
    run --separate-stderr waconf resolve --sent --state s
    [ "$status" = 64 ]
    run --separate-stderr waconf resolve webexconnect/Message/x --sent --state s
    [ "$status" = 1 ]
    says "nothing of 'webexconnect/Message/x' is unsure"
}

@test "sandbox: the first line is the address; SIGTERM ends it with 0" {
    start_sandbox
    [[ $address =~ ^http://127\.0\.0\.1:[0-9]+$ ]]
    run curl -sf "$address/_sandbox/state"
    [ "$status" = 0 ]
    json "'kaleyra' in j"
    stop_sandbox
    run --separate-stderr waconf sandbox --listen 192.0.2.1:0
    [ "$status" = 64 ]
    says "loopback"
    run --separate-stderr waconf sandbox --fault nonsense
    [ "$status" = 64 ]
}

@test "apply wants --yes when nobody can be asked" {
    good_tree
    KEY=x run --separate-stderr waconf apply tree --state s </dev/null
    [ "$status" = 64 ]
    says "--yes"
    [ ! -e s ]
    KEY=x run --separate-stderr waconf apply tree --state s -o json </dev/null
    [ "$status" = 64 ]
    json "j['complete'] is False and j['diagnostics'][0]['code'] == 'E001'"
}

@test "apply, status, history, forget" {
    good_tree
    start_sandbox
    sed -i "s|https://api.in.kaleyra.io|$address/kaleyra|" tree/all.yaml
    export KEY=secret-of-the-test
    run --separate-stderr waconf plan tree --state s
    [ "$status" = 4 ]
    says E4
    [ ! -e s ]
    run --separate-stderr waconf apply tree --state s --allow-origin "$address" --yes
    [ "$status" = 0 ]
    run --separate-stderr waconf status --state s -o json
    json "[o['address'] for o in j['objects']] == ['kaleyra/NumberProfile/desk'] and j['objects'][0]['fields'] == 1 and j['in_doubt'] == []"
    json "j['last_run']['command'] == 'apply' and j['last_run']['exit_code'] == 0"
    run --separate-stderr waconf status --state s -t 'kapso/*' -o json
    json "j['objects'] == []"
    run --separate-stderr waconf status --state s --exclude '*/desk' -o json
    json "j['objects'] == []"
    run --separate-stderr waconf status --state s --env other -o json
    json "j['objects'] == [] and j['exists']"
    run --separate-stderr waconf history --state s -o json
    json "len(j['runs']) == 1 and '--yes' in j['runs'][0]['flags'] and '--allow-origin' in j['runs'][0]['flags']"
    json "[(r['method'], r['status']) for r in j['runs'][0]['requests']] == [('PUT', 200)]"
    json "'secret-of-the-test' not in json.dumps(j)"
    run --separate-stderr waconf history kaleyra/NumberProfile/desk --state s
    [ "$status" = 0 ]
    has "update"
    has "applied"
    run --separate-stderr waconf plan tree --state s --allow-origin "$address" --detailed-exitcode
    [ "$status" = 0 ]
    has "No changes."
    run --separate-stderr waconf state forget kaleyra/NumberProfile/desk --state s
    [ "$status" = 0 ]
    run --separate-stderr waconf status --state s -o json
    json "j['objects'] == [] and j['last_run']['command'] == 'state'"
    run --separate-stderr waconf plan tree --state s --allow-origin "$address" --detailed-exitcode
    [ "$status" = 2 ]
    has "first-write"
    stop_sandbox
}

@test "a message in doubt is settled by resolve" {
    start_sandbox --fault 'POST */messaging reset-after,times=1'
    cat >m.yaml <<END
apiVersion: webexconnect/v1
kind: Account
metadata: { name: a }
spec: { base_url: "$address/webexconnect", service_key: { from: "env:KEY" } }
---
apiVersion: webexconnect/v1
kind: Message
metadata: { name: m }
spec: { account: a, appid: x, destination: [ { waid: ["+919000000009"] } ], text: hi, not_after: 2099-01-01T00:00:00Z }
END
    export KEY=k
    waconf state init --state s >/dev/null
    run --separate-stderr waconf apply m.yaml --state s --allow-origin "$address" --yes --allow send
    [ "$status" = 3 ] || { echo "$status $output $stderr"; false; }
    run --separate-stderr waconf status --state s -o json
    json "[m['state'] for m in j['messages']] == ['unsure']"
    run --separate-stderr waconf resolve webexconnect/Message/m --sent --state s -o json
    [ "$status" = 0 ]
    json "j['settled'] == 'sent' and len(j['recipients']) == 1"
    run --separate-stderr waconf status --state s -o json
    json "[m['state'] for m in j['messages']] == ['sent']"
    run --separate-stderr waconf plan m.yaml --state s --allow-origin "$address" --detailed-exitcode
    [ "$status" = 0 ]
    run --separate-stderr waconf state forget webexconnect/Message/m --state s
    [ "$status" = 1 ]
    says "stays recorded for ever"
    run curl -sf "$address/_sandbox/state"
    json "len(j['webexconnect']['messages']) == 1"
    stop_sandbox
}

@test "the commit of the checkout is in the history" {
    good_tree
    git init -q tree && git -C tree -c user.name=a -c user.email=a@b.example commit -q --allow-empty -m one
    commit=$(git -C tree rev-parse HEAD)
    start_sandbox
    sed -i "s|https://api.in.kaleyra.io|$address/kaleyra|" tree/all.yaml
    run --separate-stderr env -u GITHUB_SHA -u CI_COMMIT_SHA KEY=k "$WACONF" apply tree --state s --allow-origin "$address" --yes
    [ "$status" = 0 ]
    git -C tree pack-refs --all
    run --separate-stderr env GITHUB_ACTOR=octo KEY=k "$WACONF" apply tree --state s --allow-origin "$address" --yes
    run --separate-stderr waconf history --state s -o json
    json "[r['commit'] for r in j['runs']] == ['$commit'] * 2 and j['runs'][0]['actor'] == 'octo' and j['runs'][0]['host']"
    stop_sandbox
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
load common

@test "help lists every command, on standard output" {
    run --separate-stderr waconf help
    [ "$status" = 0 ]
    silent
    for command in validate plan apply watch status history state resolve schema providers explain sandbox version completion help; do
        has "  $command"
    done
    hasnt "  import"
}

@test "--help, -h and help COMMAND say the same" {
    run --separate-stderr waconf help plan
    [ "$status" = 0 ]
    silent
    by_help=$output
    run --separate-stderr waconf plan --help
    [ "$status" = 0 ]
    [ "$output" = "$by_help" ]
    run --separate-stderr waconf diff -h
    [ "$status" = 0 ]
    [ "$output" = "$by_help" ]
    run --separate-stderr waconf --help
    [ "$status" = 0 ]
    [ "$output" = "$(waconf help)" ]
}

@test "help of each command lists the options of the contract" {
    for option in --file --target --exclude --selector --output --output-file --state --env --parallelism --timeout --var --var-file \
        --allow-origin --trust --allow-file --allow-exec --color --quiet --verbose --trace --detailed-exitcode --check-guards --offline; do
        run waconf help plan
        has " $option"
    done
    for option in --yes --allow --prune --adopt --rewrite --max-sends --max-changes --max-deletes --lock-timeout; do
        run waconf help apply
        has " $option"
    done
    run waconf help resolve
    has --sent; has --not-sent
    run waconf help sandbox
    has --listen; has --seed; has --fault
}

@test "an option without effect is not listed" {
    run waconf help version
    hasnt --parallelism; hasnt --yes; hasnt --state
}

@test "no command, unknown command" {
    run --separate-stderr waconf
    [ "$status" = 64 ]
    [ -z "$output" ]
    says "waconf help"
    run --separate-stderr waconf aply
    [ "$status" = 64 ]
    [ -z "$output" ]
    says "Did you mean 'apply'?"
    run --separate-stderr waconf zzzzzz
    [ "$status" = 64 ]
    says "unknown command 'zzzzzz'"
}

@test "unknown option: 64 and the nearest one" {
    run --separate-stderr waconf plan --outptu json
    [ "$status" = 64 ]
    [ -z "$output" ]
    says "unknown option '--outptu'"
    says "Did you mean '--output'?"
    run --separate-stderr waconf plan -x
    [ "$status" = 64 ]
    says "unknown option '-x'"
    run --separate-stderr waconf --nothing plan
    [ "$status" = 64 ]
    says "unknown option '--nothing'"
}

@test "options of other commands are refused" {
    run --separate-stderr waconf validate --prune
    [ "$status" = 64 ]
    says "'validate' takes no '--prune'"
    run --separate-stderr waconf apply --detailed-exitcode
    [ "$status" = 64 ]
    says "belongs to: plan"
}

@test "wrong values" {
    for words in "--parallelism 0" "--parallelism x" "--timeout 4x" "--output yaml" "--color blue" "--selector city" "--trace tcp" \
        "--allow everything" "--allow reach=" "--output-file json" "--output-file yaml=x" "--var x" "--var =x" "--env a/b" "--max-sends -1"; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf plan $words
        [ "$status" = 64 ] || { echo "$words: $status"; false; }
        says "takes"
        [ -z "$output" ]
    done
    run --separate-stderr waconf plan --state
    [ "$status" = 64 ]
    says "'--state' needs a value"
    run --separate-stderr waconf plan --yes=1
    [ "$status" = 64 ]
    says "'--yes' takes no value"
}

@test "abbreviations: the only one is taken, two are refused" {
    run waconf explain E001 --col always
    [ "$status" = 0 ]
    [[ $output == *$'\e[1m'* ]]
    run --separate-stderr waconf plan --max 3
    [ "$status" = 64 ]
    says "could be"
}

@test "commands of later versions are refused, never ignored" {
    for command in import dump init check; do
        run --separate-stderr waconf "$command"
        [ "$status" = 64 ]
        [ -z "$output" ]
        says "'$command' is not in this version"
        run --separate-stderr waconf help "$command"
        [ "$status" = 64 ]
        says "not in this version"
    done
    run --separate-stderr waconf watch --git https://git.example/x --state y
    [ "$status" = 64 ]
    says "'watch --git' is not in this version"
    for word in copy rekey; do
        run --separate-stderr waconf state "$word"
        [ "$status" = 64 ]
        says "'state $word' is not in this version"
    done
}

@test "options of later versions are refused, never ignored" {
    run --separate-stderr waconf plan --out plan.json
    [ "$status" = 64 ]
    says "'--out' is not in this version"
    [ ! -e plan.json ]
    run --separate-stderr waconf apply --plan plan.json --yes
    [ "$status" = 64 ]
    says "'--plan' is not in this version"
}

@test "with -o json an error of usage is JSON too" {
    run --separate-stderr waconf plan --no-such -o json
    [ "$status" = 64 ]
    json "j['complete'] is False and j['changes'] == [] and j['diagnostics'][0]['code'] == 'E001'"
    run --separate-stderr waconf plan -ojson --out x
    [ "$status" = 64 ]
    json "j['diagnostics'][0]['code'] == 'E002'"
    run --separate-stderr waconf status --no-such --output=json
    [ "$status" = 64 ]
    json "j['format_version'] == '1.0' and j['diagnostics'][0]['severity'] == 'error'"
}

@test "an error is JSON whatever is wrong, with a code, and with -o json from the environment too" {
    for words in "foo" "import" "dump x" "init" "check --yes" "schema foo" "schema a b" "completion foo" "completion bash" "sandbox" "sandbox --foo" \
        "sandbox --listen foo" "sandbox --listen 0.0.0.0:0" "sandbox --fault x" "watch" "watch --foo" "help foo" "help import" "status --foo" "freeze x"; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf $words -o json
        [ "$status" = 64 ] || { echo "$words: $status"; false; }
        json "j['format_version'] == '1.0' and j['diagnostics'][0]['code'] in ('E001', 'E002')" || { echo "$words"; false; }
    done
    run --separate-stderr waconf -o json foo
    json "j['diagnostics'][0]['code'] == 'E001'"
    for words in "foo" "import" "plan --foo" ""; do
        # shellcheck disable=SC2086
        WACONF_OUTPUT=json run --separate-stderr waconf $words
        [ "$status" = 64 ]
        json "j['diagnostics'][0]['severity'] == 'error'"
    done
    WACONF_OUTPUT=json run --separate-stderr waconf completion bash # asked for by the environment, it is meant for others
    [[ $stderr != *"no json form"* && $output != "{"* ]]
    run --separate-stderr waconf completion bash --output-file json=x
    [ "$status" = 64 ]
    [ ! -e x ]
}

@test "validate -o json has one shape" {
    good_tree
    for words in "tree --foo" "tree --allow-exec rel" "tree --trust /nowhere" "tree --var x" "/nowhere"; do
        # shellcheck disable=SC2086
        run --separate-stderr waconf validate $words -o json
        [ "$status" != 0 ]
        json "j['valid'] is False and j['documents'] == 0 and j['errors'] == len(j['diagnostics']) == 1 and j['warnings'] == 0" || { echo "$words"; false; }
    done
}

@test "help says which forms a command has" {
    for command in plan:markdown apply:markdown providers:markdown status:json validate:json; do
        run waconf help "${command%:*}"
        has "form of the result: human, json"
        [[ ${command#*:} == markdown ]] && has "human, json, markdown" || hasnt markdown
    done
    run waconf help completion
    hasnt "--output "
    run waconf help sandbox
    hasnt "--output "
}

@test "options of history" {
    for option in -t --exclude; do
        run --separate-stderr waconf history "$option" x
        [ "$status" = 64 ]
        says "takes one ADDRESS"
    done
    WACONF_TARGET=x run --separate-stderr waconf history
    [ "$status" != 64 ]
}

@test "hints name a command that there is" {
    run --separate-stderr waconf help plan --foo
    [ "$status" = 64 ]
    says "\`waconf help COMMAND\`"
    run --separate-stderr waconf sandbox --listen http://127.0.0.1:0
    [ "$status" = 64 ]
    says "without a scheme"
}

@test "too many words" {
    run --separate-stderr waconf version now
    [ "$status" = 64 ]
    says "'version' takes no 'now'"
    run --separate-stderr waconf history a b
    [ "$status" = 64 ]
    run --separate-stderr waconf state
    [ "$status" = 64 ]
    says "init, show or forget"
    run --separate-stderr waconf state forget
    [ "$status" = 64 ]
    run --separate-stderr waconf explain E001 E002
    [ "$status" = 64 ]
}

@test "common options may stand before the command; -- ends options" {
    good_tree
    run --separate-stderr waconf -o json --env staging validate tree
    [ "$status" = 0 ]
    json "j['valid']"
    run --separate-stderr waconf validate -- tree
    [ "$status" = 0 ]
    run --separate-stderr waconf validate -- --tree
    [ "$status" = 65 ]
}

@test "foreign text in an error cannot move the cursor" {
    run --separate-stderr waconf $'a\e[2Jb'
    [ "$status" = 64 ]
    [[ $stderr != *$'\e'* ]]
}

@test "a reader that goes away is no crash" {
    run bash -c '"$WACONF" schema | head -c 10'
    [ "$status" = 0 ]
    [[ ${#output} == 9 || ${#output} == 10 ]]
    run --separate-stderr bash -c '"$WACONF" version >/dev/full'
    [ "$status" = 1 ]
    says "No space left"
}

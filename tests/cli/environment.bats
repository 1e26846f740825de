#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
load common

@test "options come from WACONF_<OPTION>, and the command line wins" {
    WACONF_OUTPUT=json run --separate-stderr waconf version
    [ "$status" = 0 ]
    json "j['version']"
    WACONF_OUTPUT=json run --separate-stderr waconf version -o human
    [ "$status" = 0 ]
    has "waconf "
}

@test "lists from the environment: one per line, replaced by the command line" {
    good_tree
    WACONF_FILE=tree run --separate-stderr waconf validate -o json
    [ "$status" = 0 ]
    json "j['documents'] == 2"
    WACONF_FILE=$'tree\nnowhere' run --separate-stderr waconf validate
    [ "$status" = 65 ]
    WACONF_FILE=nowhere run --separate-stderr waconf validate tree
    [ "$status" = 0 ]
    WACONF_FILE=nowhere run --separate-stderr waconf validate -f tree
    [ "$status" = 0 ]
}

@test "flags: true, yes, 1 and their opposites; anything else is an error" {
    good_tree
    for value in true yes 1 false no 0 ""; do
        WACONF_QUIET=$value run --separate-stderr waconf validate tree
        [ "$status" = 0 ]
    done
    WACONF_QUIET=maybe run --separate-stderr waconf validate tree
    [ "$status" = 64 ]
    says WACONF_QUIET
    WACONF_PARALLELISM=many run --separate-stderr waconf version
    [ "$status" = 64 ]
    says WACONF_PARALLELISM
}

@test "options that lift a guard do not come from the environment" {
    good_tree
    for name in YES ALLOW ALLOW_ORIGIN ALLOW_FILE ALLOW_EXEC PRUNE REWRITE TRUST; do
        run --separate-stderr env "WACONF_$name=1" "$WACONF" validate tree
        [ "$status" = 0 ]
        says "'WACONF_$name' is ignored" || { echo "$name"; false; }
    done
    KEY=x WACONF_YES=1 run --separate-stderr waconf apply tree </dev/null
    [ "$status" = 64 ]
    says "--yes"
}

@test "an unknown variable is named in a warning, with the nearest" {
    WACONF_OUTPT=json run --separate-stderr waconf version
    [ "$status" = 0 ]
    has "waconf "
    says "'WACONF_OUTPT' is no variable"
    says "Did you mean 'WACONF_OUTPUT'?"
    WACONF_OUT=x run --separate-stderr waconf version
    [ "$status" = 0 ]
    says "'WACONF_OUT'"
    WACONF_OUT=x run --separate-stderr waconf plan
    [ "$status" = 64 ]
    says "'WACONF_OUT': '--out' is not in this version"
    WACONF_PLAN=x run --separate-stderr waconf apply
    [ "$status" = 64 ]
    says "'--plan' is not in this version"
    WACONF_OUTPT=json run --separate-stderr waconf version -q
    [ "$status" = 0 ]
    silent
}

@test "documented variables are known" {
    WACONF_KEY=0123456789012345678901234567890123456789 WACONF_SANDBOX_RAW=1 run --separate-stderr waconf version
    [ "$status" = 0 ]
    silent
}

@test "markdown asked for by the environment stops no command that has none" {
    WACONF_OUTPUT=markdown run --separate-stderr waconf version
    [ "$status" = 0 ]
    has "waconf "
    run --separate-stderr waconf version -o markdown
    [ "$status" = 64 ]
    says "no markdown form"
    run --separate-stderr waconf providers -o markdown
    [ "$status" = 0 ]
    has "| kaleyra/NumberProfile |"
}

@test "colour: never on a pipe, always when told, NO_COLOR honoured by auto" {
    run waconf explain E001
    [[ $output != *$'\e'* ]]
    run waconf explain E001 --color always
    [[ $output == *$'\e[1m'* ]]
    NO_COLOR=1 run waconf explain E001 --color always
    [[ $output == *$'\e[1m'* ]]
    # On a terminal: script(1) makes one.
    run script -qec "TERM=xterm $WACONF explain E001" /dev/null
    [[ $output == *$'\e[1m'* ]]
    run script -qec "TERM=xterm NO_COLOR=1 $WACONF explain E001" /dev/null
    [[ $output == *E001* && $output != *$'\e[1m'* ]]
    run script -qec "TERM=dumb $WACONF explain E001" /dev/null
    [[ $output == *E001* && $output != *$'\e[1m'* ]]
}

@test "--var, --var-file and what they may hold" {
    good_tree
    sed -i 's/about: Open/about: { from: "var:TEXT" }/' tree/all.yaml
    printf '# a comment\n\n TEXT = first\nTEXT=%0200d\n' 0 >vars
    run --separate-stderr waconf validate tree --var-file vars
    [ "$status" = 65 ]
    has "200 characters"
    run --separate-stderr waconf validate tree --var-file vars --var TEXT=short
    [ "$status" = 0 ]
    run --separate-stderr waconf validate tree
    [ "$status" = 0 ]
    echo 'no value' >broken
    run --separate-stderr waconf validate tree --var-file broken
    [ "$status" = 64 ]
    says "'broken' line 1"
    run --separate-stderr waconf validate tree --var-file nowhere
    [ "$status" = 1 ]
    says "cannot read 'nowhere'"
    head -c 2000000 /dev/zero | tr '\0' '#' >large
    run --separate-stderr waconf validate tree --var-file large
    [ "$status" = 64 ]
    says "larger than"
}

@test "where the state is: --state, STATE_DIRECTORY, XDG_STATE_HOME, HOME" {
    path() { waconf state show -o json "$@" | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["state"]["path"])'; }
    [ "$(path)" = "$HOME/.local/state/waconf/state.db" ]
    export XDG_STATE_HOME=$PWD/xdg
    [ "$(path)" = "$PWD/xdg/waconf/state.db" ]
    XDG_STATE_HOME=relative; [ "$(path)" = "$HOME/.local/state/waconf/state.db" ]; XDG_STATE_HOME=$PWD/xdg
    export STATE_DIRECTORY=$PWD/one:$PWD/two
    [ "$(path)" = "$PWD/one/state.db" ]
    [ "$(WACONF_STATE=$PWD/env path)" = "$PWD/env/state.db" ]
    [ "$(path --state "$PWD/given")" = "$PWD/given/state.db" ]
    run --separate-stderr env -u HOME -u XDG_STATE_HOME -u STATE_DIRECTORY "$WACONF" status
    [ "$status" = 64 ]
    says "--state"
    run --separate-stderr env -u HOME -u XDG_STATE_HOME -u STATE_DIRECTORY "$WACONF" version
    [ "$status" = 0 ]
}

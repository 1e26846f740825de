#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job, end to end, against the sandbox: `make demo`. Needs no network but loopback, leaves nothing behind.
#
#     tests/demo.sh build/waconf [TREE]
set -u
waconf=$1
tree=${2:-examples/demo}
place=$(mktemp -d "${TMPDIR:-/tmp}/waconf-demo.XXXXXX") || exit 1
sandbox=
finish() {
    test -z "$sandbox" || kill "$sandbox" 2>/dev/null
    test -z "$sandbox" || wait "$sandbox" 2>/dev/null
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

if test -t 1; then bold=$(printf '\033[1m') end=$(printf '\033[0m'); else bold='' end=''; fi

# The sandbox takes any credentials; these are the ones that the examples refer to.
export KALEYRA_API_KEY=demo-kaleyra VOLTMX_PASSWORD=demo-voltmx PINGONE_CLIENT_SECRET=demo-pingone KAPSO_API_KEY=demo-kapso \
    WEBEX_SERVICE_KEY=demo-webex TWILIO_AUTH_TOKEN=demo-twilio META_APP_SECRET=demo-app META_USER_TOKEN=demo-user \
    KAPSO_VERIFY_TOKEN=demo-verify

mkfifo "$place/address" || exit 1
"$waconf" sandbox >"$place/address" &
sandbox=$!
read -r address <"$place/address" || exit 1

# step WANTED_EXIT_CODE WORD... shows a command and its output, and stops the demo when it ends otherwise.
step() {
    wanted=$1
    shift
    printf '\n%s$ waconf %s%s\n' "$bold" "$*" "$end"
    WACONF_STATE=$place/state WACONF_VAR=sandbox=$address "$waconf" "$@"
    code=$?
    test "$code" = "$wanted" && return
    echo "demo: that ended with exit code $code, not $wanted" >&2
    exit 1
}

echo "The five providers are played by \`waconf sandbox\` at $address;"
echo "WACONF_VAR tells the documents so, and the state is a temporary directory (WACONF_STATE)."
step 0 validate "$tree"
step 0 state init
step 0 plan "$tree" --allow-origin "$address"
step 0 apply "$tree" --allow-origin "$address" --allow send --allow reach --yes
step 0 status
step 0 plan "$tree" --allow-origin "$address" --detailed-exitcode
printf '\nEverything is in sync: the second plan found nothing to do.\n'

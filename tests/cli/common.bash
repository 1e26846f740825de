# SPDX-License-Identifier: GPL-2.0-or-later
# For all bats files: $WACONF is the program, each test has a home and a directory of its own.
bats_require_minimum_version 1.5.0

setup() {
    : "${WACONF:?}" "${ROOT:?}"
    export HOME=$BATS_TEST_TMPDIR/home
    mkdir -p "$HOME"
    cd "$BATS_TEST_TMPDIR" || return 1
    unset "${!WACONF_@}" STATE_DIRECTORY XDG_STATE_HOME NO_COLOR
}

waconf() { "$WACONF" "$@"; }

# json EXPRESSION: python over the JSON in $output (as `j`); must be true.
json() { /usr/bin/python3 -c 'import json, sys
j = json.loads(sys.argv[1])
assert eval(sys.argv[2]), (sys.argv[2], j)' "$output" "$1"; }

has() { [[ $output == *"$1"* ]] || { echo "no '$1' in: $output"; return 1; }; }
hasnt() { [[ $output != *"$1"* ]] || { echo "'$1' in: $output"; return 1; }; }
says() { [[ $stderr == *"$1"* ]] || { echo "no '$1' in: $stderr"; return 1; }; }
silent() { [ -z "$stderr" ] || { echo "on standard error: $stderr"; return 1; }; }

good_tree() {
    mkdir -p tree
    cat >tree/all.yaml <<'END'
apiVersion: kaleyra/v1
kind: Account
metadata: { name: india }
spec: { base_url: "https://api.in.kaleyra.io", sid: HX1, api_key: { from: "env:KEY" } }
---
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk, labels: { city: pune } }
spec: { account: india, wa_number: "+919000000001", about: Open }
END
}
bad_tree() { good_tree; sed -i 's/about/abuot/' tree/all.yaml; }

# Starts the sandbox in the background; $address is where it listens.
start_sandbox() {
    mkfifo address
    "$WACONF" sandbox "$@" >address 3>&- &
    sandbox=$!
    read -r address <address
}
stop_sandbox() { kill "$sandbox" && wait "$sandbox"; }

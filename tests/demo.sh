#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `make demo`: five providers from YAML to applied, against a sandbox of its own, as a transcript that can be typed again.
#
#     tests/demo.sh [build/waconf]
#
# Everything lies in a temporary directory and ends with it; two of these may run side by side. A command that exits otherwise
# than it should stops the demo with exit code 1.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
program=${1:-build/waconf}
case $program in /*) ;; *) program=$PWD/$program ;; esac
test -x "$program" || { echo "demo: '$program' is not there. Run \`make\` first." >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/waconf-demo.XXXXXX")
sandbox=
finish() {
    code=$?
    trap - EXIT INT TERM HUP
    trap '' PIPE
    if test -n "$sandbox"; then
        kill "$sandbox" 2>/dev/null || :
        wait "$sandbox" 2>/dev/null || :
    fi
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE

# What the caller has set for waconf must not change what is shown here.
for name in $(env | sed -n 's/^\(WACONF_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
unset STATE_DIRECTORY CREDENTIALS_DIRECTORY
mkdir "$work/bin"
ln -s "$program" "$work/bin/waconf"
PATH=$work/bin:$PATH
export PATH
cp -R "$here/examples/demo" "$work/demo"
mkfifo "$work/address"
cd "$work"

bold='' plain=''
if test -t 1 && test -z "${NO_COLOR:-}" && test "${TERM:-dumb}" != dumb; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s# %s%s\n' "$bold" "$1" "$plain"; }
show() { printf '%s$ %s%s\n' "$bold" "$1" "$plain"; }

# run CODE COMMAND: shows it, runs it, and insists on its exit code.
run() {
    show "$2"
    got=0
    eval "$2" </dev/null 2>&1 || got=$?
    test "$got" = 0 || echo "(exit code $got)"
    test "$got" = "$1" || { echo "demo: that should have been exit code $1" >&2; exit 1; }
}

say 'All five provider APIs, on a free port of this machine. Nothing here is real and nothing leaves it.'
show 'waconf sandbox &'
waconf sandbox >address &
sandbox=$!
exec 3<address
read -r url <&3 || { echo 'demo: the sandbox did not start' >&2; exit 1; }
echo "$url"

say 'One file for each provider: an account, and what is to be configured there. This is one of them.'
run 0 'cat demo/kaleyra.yaml'

say 'Made-up keys in the environment, a state for this demo, and where the sandbox is, for {var:sandbox}.'
run 0 '. demo/secrets.sh'
# shellcheck disable=SC2016 # shown as it is typed
run 0 'export WACONF_STATE="$PWD/state"'
run 0 "export WACONF_VAR=sandbox=$url"

say 'Check the documents: no network, no secret.'
run 0 'waconf validate demo'

say 'What would apply do? Keys may go to the sandbox only because --allow-origin names it.'
run 0 "waconf plan demo --allow-origin $url"

say 'Messages to customers, and changes of who is reached, must be allowed. Here nothing was.'
run 0 'waconf state init'
run 4 "waconf apply demo --allow-origin $url --yes --target 'webexconnect/*'"

say 'Now everything.'
run 0 "waconf apply demo --allow-origin $url --yes --allow reach --allow send"
run 0 'waconf status'

say 'The second plan finds nothing to do.'
run 0 "waconf plan demo --allow-origin $url --detailed-exitcode"

say 'Edit one line, look, apply.'
run 0 "sed -i 's|Open 9-17|Open 24/7|' demo/kaleyra.yaml"
run 2 "waconf plan demo --allow-origin $url --detailed-exitcode"
run 0 "waconf apply demo --allow-origin $url --yes"
run 0 "waconf plan demo --allow-origin $url --detailed-exitcode"

say 'Done: in sync again. The README says how to go on with a real provider.'

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The Makefile and what stands beside it.
load common

layers() { /usr/bin/python3 "$ROOT/tests/layers.py" "$@"; }

@test "layers: ours are in order" {
    run --separate-stderr layers "$ROOT/agent"
    [ "$status" = 0 ]
    has "every include points downward"
    has "cmd       -> "
}

# a small house: FILE INCLUDE
house() {
    rm -rf agent
    mkdir -p "agent/$(dirname "$1")"
    printf '#include "%s"\n' "$2" >"agent/$1"
}

@test "layers: an include that points upward, or into a room that is none of its business, fails" {
    while read -r file include; do
        house "$file" "$include"
        run --separate-stderr layers agent
        [ "$status" = 1 ] || { echo "accepted: $file includes $include"; false; }
        says "$file:1: \"$include\""
    done <<'END'
base/str.c model/type.h
model/type.c yaml/yaml.h
http/client.c wire/encode.h
secret/trust.c http/client.h
wire/encode.c sync/load.h
store/sqlite.c wire/encode.h
sync/load.c cmd/output.h
sandbox/server.c http/client.h
sandbox/server.c wire/registry.h
sandbox/server.c provider/kaleyra.h
provider/kaleyra.c wire/encode.h
provider/kaleyra.c http/client.h
provider/kaleyra.c sandbox/server.h
wire/registry.c provider/kaleyra.h
sync/sync.c sandbox/sandbox.h
attic/old.c base/str.h
cmd/plan.c attic/old.h
cmd/plan.c str.h
END
}

@test "layers: what may be, may be" {
    while read -r file include; do
        house "$file" "$include"
        run --separate-stderr layers agent
        [ "$status" = 0 ] || { echo "refused: $file includes $include: $stderr"; false; }
    done <<'END'
cmd/sandbox.c sandbox/sandbox.h
provider/kaleyra.c http/request.h
provider/kaleyra.c model/provider.h
sandbox/server.c base/str.h
main.c cmd/command.h
sync/sync.c store/store.h
wire/registry.c providers.def
END
    mkdir nothing
    run layers nothing
    [ "$status" = 1 ]
}

# A machine where dpkg-query knows only what $installed says, and apt-get and sudo write down how they are called.
fake_machine() {
    mkdir -p bin
    cat >bin/dpkg-query <<'END'
#!/bin/sh
shift 3
for p; do case " $installed " in *" $p "*) echo "installed $p" ;; *" $p:removed "*) echo "config-files $p" ;; *) bad=1 ;; esac; done
exit "${bad:-0}"
END
    printf '#!/bin/sh\necho "apt-get $*" >>"%s/calls"\n' "$PWD" >bin/apt-get
    # shellcheck disable=SC2016
    printf '#!/bin/sh\ntest "$sudo" = yes || exit 1\nshift\necho "sudo $*" >>"%s/calls"\nexec "$@"\n' "$PWD" >bin/sudo
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$uid"\n' >bin/id
    chmod +x bin/*
    export PATH=$PWD/bin:$PATH installed uid=0 sudo=no
}

@test "deps: silent when all is there" {
    fake_machine
    installed="one two"
    run --separate-stderr sh "$ROOT/packaging/deps" one two
    [ "$status" = 0 ]
    [ -z "$output" ]
    silent
    [ ! -e calls ]
}

@test "deps: as root, installs what is missing and no more" {
    fake_machine
    installed="one three:removed"
    run --separate-stderr sh "$ROOT/packaging/deps" one two three
    [ "$status" = 0 ]
    [ -z "$output" ]
    says "Installing: two three"
    [ "$(cat calls)" = "apt-get -qq update
apt-get -qq -y --no-install-recommends install two three" ]
}

@test "deps: by sudo, when that asks for no password" {
    fake_machine
    installed="" uid=1000 sudo=yes
    run --separate-stderr sh "$ROOT/packaging/deps" one
    [ "$status" = 0 ]
    grep -q '^sudo .*apt-get -qq -y --no-install-recommends install one' calls
}

@test "deps: elsewhere, prints the names and stops" {
    fake_machine
    installed="one" uid=1000
    run --separate-stderr sh "$ROOT/packaging/deps" one two three
    [ "$status" = 1 ]
    says "These packages are missing: two three"
    says "apt-get install two three"
    [ ! -e calls ]
}

@test "deps: a failing apt-get is no success" {
    fake_machine
    installed=""
    printf '#!/bin/sh\nexit 100\n' >bin/apt-get
    run sh "$ROOT/packaging/deps" one
    [ "$status" != 0 ]
}

@test "make on a machine without the libraries says: run make deps" {
    mkdir bin
    printf '#!/bin/sh\nexit 1\n' >bin/pkg-config
    chmod +x bin/pkg-config
    PATH=$PWD/bin:$PATH run --separate-stderr make -s -C "$ROOT" "B=$PWD/build"
    [ "$status" != 0 ]
    says 'run `make deps`'
}

@test "make help lists the targets with what they do" {
    run --separate-stderr make -s -C "$ROOT" help
    [ "$status" = 0 ]
    for target in all deps demo check layers bench fuzz schemas man install uninstall clean; do has "make $target "; done
    has "SAN=address,undefined"
}

# shellcheck disable=SC2086
@test "make install and uninstall, into a DESTDIR" {
    run make -s -C "$ROOT" $MAKE_WITH install "DESTDIR=$PWD/dest" PREFIX=/usr/o
    [ "$status" = 0 ] || { echo "$output"; false; }
    [[ $output != *"+ "* && $output == *"  COPY  "* ]] || { echo "$output"; false; }
    [ -x dest/usr/o/bin/waconf ]
    dest/usr/o/bin/waconf version
    for file in bash-completion/completions/waconf zsh/site-functions/_waconf fish/vendor_completions.d/waconf.fish \
        man/man1/waconf.1 man/man5/waconf.5 waconf/schemas/waconf.json waconf/schemas/kaleyra.json \
        doc/waconf/examples/demo/kaleyra.yaml doc/waconf/README.md doc/waconf/copyright; do
        [ -s "dest/usr/o/share/$file" ] || { echo "not installed: $file"; false; }
    done
    bash -n dest/usr/o/share/bash-completion/completions/waconf
    for unit in waconf.service waconf-apply.service; do
        grep -q '^ExecStart=/usr/o/bin/waconf ' "dest/usr/o/lib/systemd/system/$unit"
        run grep -c /usr/bin/ "dest/usr/o/lib/systemd/system/$unit"
        [ "$output" = 0 ]
    done
    [ -s dest/usr/o/lib/systemd/system/waconf.timer ]
    [ -z "$(find dest -type f -perm /022)" ]
    run make -s -C "$ROOT" $MAKE_WITH uninstall "DESTDIR=$PWD/dest" PREFIX=/usr/o
    [ "$status" = 0 ]
    [ -z "$(find dest -type f)" ] || { find dest -type f; false; }
}

@test "the release program is hardened" {
    case $BUILD in */san*) skip "not a release build" ;; esac
    run readelf -hlWd "$WACONF"
    has "DYN (Position-Independent Executable file)"
    has GNU_RELRO
    has BIND_NOW
    [[ $output =~ GNU_STACK[^$'\n']*RW\ + ]]
    run nm -D "$WACONF"
    has __stack_chk_fail
    has _chk@
}

@test "the demo works, twice at the same time" {
    for n in 1 2; do
        (cd "$ROOT" && exec sh tests/demo.sh "$WACONF") >"demo$n" 2>&1 &
        eval "pid$n=$!"
    done
    # shellcheck disable=SC2154
    wait "$pid1" || { cat demo1; false; }
    # shellcheck disable=SC2154
    wait "$pid2" || { cat demo2; false; }
    output=$(cat demo1)
    has "Done: in sync again."
    hasnt demo-kaleyra
    [ -z "$(find "$TMPDIR" -maxdepth 1 -name 'waconf-demo.*')" ]
}

@test "the demo fails when a step does" {
    printf '#!/bin/sh\ncase $1 in apply) exit 1 ;; esac\nexec "%s" "$@"\n' "$WACONF" >broken
    chmod +x broken
    run sh "$ROOT/tests/demo.sh" "$PWD/broken"
    [ "$status" = 1 ]
    has "should have been exit code 4"
    hasnt "in sync again"
}

# The runner itself must see every way in which a suite can go wrong.
@test "tests/run counts, and a suite that crashes or runs nothing has failed" {
    mkdir -p fake/unit
    suite() { printf '#!/bin/sh\n%s\n' "$2" >"fake/unit/$1"; chmod +x "fake/unit/$1"; }
    tests() { BUILD=$PWD/fake run /usr/bin/python3 "$ROOT/tests/run" unit/; }
    suite good 'echo 1..2; echo ok 1; echo ok 2'
    tests
    [ "$status" = 0 ]
    [ "${lines[-1]}" = "2 passed, 0 failed" ]
    while IFS='|' read -r script last; do
        suite other "$script"
        tests
        [ "$status" = 1 ] || { echo "passed: $script"; false; }
        [ "${lines[-1]}" = "$last" ] || { echo "$script: ${lines[-1]}"; false; }
    done <<'END'
echo 1..2; echo ok 1; echo not ok 2|3 passed, 1 failed
echo 1..2; echo ok 1; kill -SEGV $$|3 passed, 1 failed
echo 1..2; echo ok 1|3 passed, 1 failed
echo 1..1; echo ok 1; exit 1|3 passed, 1 failed
exit 0|2 passed, 1 failed
echo 1..0|2 passed, 1 failed
END
    suite other 'echo 1..1; echo "not ok 1 - this one"; echo "# because"; exit 1'
    tests
    has "not ok 1 - this one"
    has "# because"
    rm -r fake/unit
    tests
    [ "$status" = 1 ]
}

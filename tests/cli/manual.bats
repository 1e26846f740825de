#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual and the README against the program.
load common

setup_file() {
    # shellcheck disable=SC2086
    make -s -C "$ROOT" $MAKE_WITH man
}

page() { man -l "$BUILD/man/$1" 2>/dev/null | col -bx; }

@test "the pages render without warnings" {
    for page in waconf.1 waconf.5; do
        [ -s "$BUILD/man/$page" ]
        run --separate-stderr man --warnings -E UTF-8 -l "$BUILD/man/$page"
        [ "$status" = 0 ]
        silent
        # scdoc begins paragraphs where there are none; that is its style.
        run bash -c 'mandoc -Tlint -Wwarning "$1" | grep -v "skipping paragraph macro: PP"' bash "$BUILD/man/$page"
        [ -z "$output" ] || { echo "$output"; false; }
        run grep -c '^@' "$BUILD/man/$page"
        [ "$output" = 0 ]
    done
}

@test "waconf(1) has every command, option, code and exit code" {
    text=$(man -l "$BUILD/man/waconf.1" | col -bx)
    for word in $(waconf help -o json | /usr/bin/python3 -c 'import json, sys
for c in json.load(sys.stdin)["commands"]:
    print("waconf_" + c["name"])
    for o in c["options"]: print("--" + o["name"])') $(waconf explain -o json | grep -o '"[EW][0-9]*"' | tr -d '"'); do
        [[ $text == *"${word/_/ }"* ]] || { echo "not in waconf(1): $word"; false; }
    done
    for code in 0 1 2 3 4 5 6 64 65 69 75 77; do
        [[ $text =~ $'\n'\ +$code\ +[a-z] ]] || { echo "exit code $code"; false; }
    done
}

@test "waconf(5) has every kind and field" {
    waconf providers -o json >providers.json
    # One line without hyphenation: words may be broken where a line ends.
    MANWIDTH=100000 man -l "$BUILD/man/waconf.5" | col -bx >text
    run /usr/bin/python3 - <<'END'
import json
text = open("text", encoding="utf-8").read()
missing = [k["kind"] + f["path"] for p in json.load(open("providers.json"))["providers"] for k in p["kinds"] for f in k["fields"]
           if k["kind"] not in text or f["path"][1:] + " (" not in text]
missing += [f["path"] for p in json.load(open("providers.json"))["providers"] for k in p["kinds"] for f in k["fields"]
            if f["choices"] and "One of: " + "; ".join(f["choices"]) + "." not in " ".join(text.split())]
assert not missing, missing
END
    [ "$status" = 0 ] || { echo "$output"; false; }
}

@test "the README names only commands, options and targets that there are" {
    run /usr/bin/python3 - "$ROOT/README.md" <<'END'
import json, os, re, subprocess, sys
text = open(sys.argv[1], encoding="utf-8").read()
known = json.loads(subprocess.run([os.environ["WACONF"], "help", "-o", "json"], capture_output=True, text=True).stdout)["commands"]
commands = {c["name"]: {o["name"] for o in c["options"]} for c in known}
commands |= {c["alias"]: commands[c["name"]] for c in known if c["alias"]}
every = set().union(*commands.values())
targets = set(re.findall(r"^([a-z-]+):", open(os.path.join(os.environ["ROOT"], "Makefile")).read(), re.M))
code = "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.S))
used = re.findall(r"(?:^|[\s`/$])waconf +([a-z]+)\b([^\n`|#]*)", code)
wrong = [f"waconf {c}" for c, _ in used if c not in commands]
wrong += [f"waconf {c} --{o}" for c, rest in used if c in commands for o in re.findall(r"--([a-z][a-z-]+)", rest) if o not in commands[c]]
wrong += [f"make {t}" for t in re.findall(r"(?:^|[\s`])make +([a-z][a-z-]*)", code) if t not in targets]
assert used, "it names no command at all"
assert not wrong, wrong
END
    [ "$status" = 0 ] || { echo "$output"; false; }
}

@test "the README's files exist" {
    run /usr/bin/python3 - "$ROOT" <<'END'
import pathlib, re, sys
root = pathlib.Path(sys.argv[1])
text = (root / "README.md").read_text(encoding="utf-8")
links = [l for l in re.findall(r"\]\(([^)#:]+)\)", text)] + re.findall(r"`((?:examples|schemas|packaging|tests|agent)/[\w./-]*)`", text)
missing = [l for l in links if "NAME" not in l and not (root / l).exists()]
assert links
assert not missing, missing
END
    [ "$status" = 0 ] || { echo "$output"; false; }
}

@test "the README says what each room of the agent is for" {
    for room in "$ROOT"/agent/*/; do
        grep -q "^| .*\`agent/$(basename "$room")/\`" "$ROOT/README.md" || { echo "not there: $room"; false; }
    done
}

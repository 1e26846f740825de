#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
load common

# complete WORD...: what bash offers for the last word.
complete_bash() {
    bash --norc -c 'source <("$WACONF" completion bash)
        COMP_WORDS=(waconf "$@"); COMP_CWORD=$#; COMP_LINE="waconf $*"
        _waconf; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

@test "bash: commands" {
    run complete_bash va
    [ "$output" = validate ]
    run complete_bash ""
    has apply
    has completion
    has watch
    hasnt import
}

@test "bash: options of the command" {
    run complete_bash plan --de
    [ "$output" = --detailed-exitcode ]
    run complete_bash apply --de
    [ -z "$output" ]
    run complete_bash apply --pr
    [ "$output" = --prune ]
    run complete_bash -o json plan --off
    [ "$output" = --offline ]
    run complete_bash apply --pla
    [ -z "$output" ]
    run complete_bash status ""
    [ -z "$output" ]
}

@test "bash: values" {
    run complete_bash plan -o m
    [ "$output" = markdown ]
    run complete_bash plan --output j
    [ "$output" = json ]
    run complete_bash plan --output = h
    [ "$output" = human ]
    run complete_bash plan --color n
    [ "$output" = never ]
    run complete_bash state s
    [ "$output" = show ]
    run complete_bash completion f
    [ "$output" = fish ]
    run complete_bash schema kapso/W
    [ "$output" = kapso/WhatsAppConfig ]
    run complete_bash explain E00
    has E001
    run complete_bash help diff
    [ -z "$output" ]
    run complete_bash help re
    [ "$output" = resolve ]
}

@test "bash: trees are files" {
    mkdir hotel && touch hotel.yaml
    run complete_bash plan hot
    has hotel
    has hotel.yaml
    run complete_bash plan --state hot
    [ "$output" = hotel ]
}

@test "bash: the script passes shellcheck" {
    waconf completion bash >completion.bash
    run grep -cF "(null)" completion.bash
    [ "$output" = 0 ]
    # SC2207: words of the tables hold no blanks. SC2016 and the like do not occur.
    run shellcheck -s bash -e SC2207 completion.bash
    [ "$status" = 0 ]
}

@test "zsh and fish: sound scripts that know the same" {
    waconf completion zsh >zsh
    waconf completion fish >fish
    for word in validate apply sandbox --detailed-exitcode --allow-origin; do
        grep -qF -e "$word" zsh
        grep -qF -e "${word#--}" fish
    done
    run grep -c import zsh fish
    has zsh:0
    has fish:0
    [ "$(head -n 1 zsh)" = "#compdef waconf" ]
    if command -v zsh >/dev/null; then zsh -n zsh; fi
    if command -v fish >/dev/null; then fish --no-execute fish; fi
}

@test "another shell is refused" {
    run --separate-stderr waconf completion csh
    [ "$status" = 64 ]
    [ -z "$output" ]
    run --separate-stderr waconf completion
    [ "$status" = 64 ]
}

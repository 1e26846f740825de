# SPDX-License-Identifier: GPL-2.0-or-later
# `make help` lists the targets. Everything built lives in $(B).
#
#   V=1                      show the commands
#   DEV=1                    strict warnings, as errors
#   SAN=address,undefined    sanitizers, in a build directory of their own
#   CC=clang                 another compiler (all is built again when flags change)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
B       ?= build
CC      ?= cc
V       ?= 0
DESTDIR ?=
PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
VERSION := 0.1.0

# --- what is compiled --------------------------------------------------------------------------
ROOMS     := base model yaml secret http provider wire store sync git status watch sandbox cmd
SOURCES   := $(sort $(foreach r,$(ROOMS),$(wildcard agent/$(r)/*.c)))
MAIN      := agent/main.c
# The folder is the registry: one provider, one file. wire/registry.c expands this list.
PROVIDERS := $(sort $(basename $(notdir $(wildcard agent/provider/*.c))))

# --- what must be installed (Debian 12) --------------------------------------------------------
DEPS := pkg-config libyaml-dev libcurl4-openssl-dev libjansson-dev libinotifytools0-dev libsystemd-dev libsqlite3-dev \
        libmicrohttpd-dev libsodium-dev libcmocka-dev bats scdoc python3 python3-jsonschema python3-yaml valgrind \
        shellcheck mandoc man-db bsdextrautils curl ca-certificates git openssl openssh-client gnupg
DEPS_BENCH := strace
DEPS_CI := clang libclang-rt-14-dev gcc prometheus python3-prometheus-client chromium chromium-driver

# --- how ---------------------------------------------------------------------------------------
STD      := -std=gnu17 -D_GNU_SOURCE -Iagent
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wno-unknown-warning-option -Wno-format-truncation -Wno-missing-field-initializers
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE -ftrapv
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
HARDEN   += -fcf-protection
endif
OPT      ?= -O2 -g
LINK     := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
ifdef DEV
WARN     += -Wconversion -Werror
endif
ifdef SAN
HARDEN   := -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
LINK     := -fsanitize=$(SAN)
OPT      := -O1 -g
B        := build/san
endif
# libcurl and libmicrohttpd are opened when first needed (base/lazy.h), so they are compiled against and not linked.
LINKED    := yaml-0.1 jansson sqlite3 libsodium
OPENED    := libcurl libmicrohttpd
PKGFLAGS   = $(eval PKGFLAGS := $$(shell pkg-config --cflags $(LINKED) $(OPENED)))$(PKGFLAGS)
PKGLIBS    = $(eval PKGLIBS := $$(shell pkg-config --libs $(LINKED)) -lm -ldl)$(PKGLIBS)
FLAGS      = $(CC) $(STD) $(WARN) $(HARDEN) $(OPT) $(CPPFLAGS) $(CFLAGS) $(PKGFLAGS) -DVERSION='"$(VERSION)"' -MMD -MP
COMPILE    = $(FLAGS) -I$(B)/gen
LINKER     = $(CC) $(HARDEN) $(OPT) $(CFLAGS) $(LINK) $(LDFLAGS)

ifeq ($(V),0)
Q    := @
SAY   = @printf '  %-5s %s\n'
else
Q    :=
SAY   = @:
endif

OBJECTS := $(SOURCES:agent/%.c=$(B)/%.o)
MAIN_O  := $(MAIN:agent/%.c=$(B)/%.o)
UNITS   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
DRIVERS := $(patsubst tests/%.c,$(B)/driver/%,$(wildcard tests/status/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
MANUALS := $(patsubst packaging/man/%.scd,$(B)/man/%,$(wildcard packaging/man/*.scd))
SERVICES := $(wildcard packaging/systemd/*)
SHELLS  := $(B)/completion/waconf.bash $(B)/completion/_waconf $(B)/completion/waconf.fish

# --- the program -------------------------------------------------------------------------------
all: $(B)/waconf ## build build/waconf

$(B)/waconf: $(MAIN_O) $(B)/agent.a
	$(SAY) LINK $@
	$(Q)$(LINKER) -o $@ $^ $(PKGLIBS)

# Everything but main.c: programs and unit tests take from it what they use.
$(B)/agent.a: $(OBJECTS)
	@rm -f $@
	$(Q)ar cqs $@ $^

$(B)/%.o: agent/%.c $(B)/gen/providers.def $(B)/gen/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) -c -o $@ $<

# The assembler reads the page; the compiler's list of what was read does not have it.
$(B)/status/page.o: agent/status/page.html

# Rewritten only when the list changes, so that an added provider rebuilds the registry and nothing else.
$(B)/gen/providers.def: FORCE
	@mkdir -p $(@D)
	@printf '$(if $(PROVIDERS),PROVIDER(%s)\n)' $(PROVIDERS) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The same for the compiler and its flags. This is also where a machine without the libraries is told so.
$(B)/gen/flags: FORCE
	@mkdir -p $(@D)
	@pkg-config --exists $(LINKED) $(OPENED) 2>/dev/null || \
	    { echo 'Some libraries are not installed: run `make deps` (as root), then `make` again.' >&2; exit 1; }
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

# --- trying it ---------------------------------------------------------------------------------
deps: ## install the Debian packages that are missing (as root, or by sudo)
	@sh packaging/deps $(DEPS)

deps-ci: ## the same, with what .ci/run needs on top
	@sh packaging/deps $(DEPS) $(DEPS_CI)

# All cores, unless -j says otherwise: a first build should not take a minute.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

demo: deps ## validate, plan and apply examples/demo against the sandbox
	@$(MAKE) $(JOBS) --no-print-directory -s all
	@sh tests/demo.sh $(B)/waconf

check: deps ## run all tests; ONLY=TEXT runs the suites whose name has that text
	@$(MAKE) $(JOBS) --no-print-directory all units
	@BUILD=$(B) MAKE_WITH='B=$(B) CC=$(CC)$(if $(SAN), SAN=$(SAN))$(if $(DEV), DEV=1)' /usr/bin/python3 tests/run $(ONLY)

units: $(UNITS) $(DRIVERS) ## build the unit tests

# A unit test is one file, linked with the parts of the agent that it uses.
$(B)/unit/%: tests/unit/%.c $(B)/agent.a
	@mkdir -p $(@D)
	$(SAY) TEST $<
	$(Q)$(COMPILE) -MF $@.d $(LINK) -o $@ $< $(B)/agent.a $(PKGLIBS) -lcmocka

# Programs that Python tests drive.
$(B)/driver/%: tests/%.c $(B)/agent.a
	@mkdir -p $(@D)
	$(SAY) TEST $<
	$(Q)$(COMPILE) -MF $@.d $(LINK) -o $@ $< $(B)/agent.a $(PKGLIBS)

layers: ## draw which room includes which; fails when one looks upward
	@/usr/bin/python3 tests/layers.py agent

bench: deps ## measure speed against the floor (tests/bench); BENCH_QUICK=1 takes less time
	@sh packaging/deps $(DEPS_BENCH)
	@$(MAKE) --no-print-directory all
	@BUILD=$(B) tests/bench/run $(ONLY)

FUZZ_SECONDS ?= 10
fuzz: ## run each fuzz target for FUZZ_SECONDS (10), with clang
	@$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined B=build/fuzz fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh tests/fuzz/run build/fuzz/fuzz

fuzzers: $(FUZZERS)
$(B)/fuzz/%: tests/fuzz/%.c $(B)/agent.a
	@mkdir -p $(@D)
	$(SAY) FUZZ $<
	$(Q)$(COMPILE) -MF $@.d -fsanitize=fuzzer,address,undefined -o $@ $< $(B)/agent.a $(PKGLIBS)

# --- printed from the program -------------------------------------------------------------------
schemas: $(B)/waconf ## write schemas/*.json from the rows
	@mkdir -p schemas
	@for g in $(PROVIDERS); do $(B)/waconf schema $$g >schemas/$$g.json || exit 1; done
	@$(B)/waconf schema >schemas/waconf.json
	@$(B)/waconf schema waconf/Trust >schemas/trust.json
	@$(B)/waconf schema waconf/Plan >schemas/plan.json

man: $(MANUALS) ## build the manual pages
$(B)/man/%: packaging/man/%.scd packaging/man/tables.py $(B)/waconf
	@mkdir -p $(@D)
	$(SAY) MAN $@
	$(Q)/usr/bin/python3 packaging/man/tables.py $(B)/waconf $< >$@.scd
	$(Q)scdoc <$@.scd >$@

completions: $(SHELLS)
$(B)/completion/waconf.bash: $(B)/waconf
	@mkdir -p $(@D)
	$(Q)$< completion bash >$@
$(B)/completion/_waconf: $(B)/waconf
	@mkdir -p $(@D)
	$(Q)$< completion zsh >$@
$(B)/completion/waconf.fish: $(B)/waconf
	@mkdir -p $(@D)
	$(Q)$< completion fish >$@

# --- installing --------------------------------------------------------------------------------
I     = $(DESTDIR)$(PREFIX)
SHARE = $(I)/share
DOC   = $(SHARE)/doc/waconf

define NEWLINE


endef
# Lines of a recipe: mode, file, where it goes.
define INSTALL
$(SAY) COPY $3
	$(Q)install -D -m $1 $2 $3

endef

install: all completions $(if $(shell command -v scdoc),man) ## install below DESTDIR and PREFIX (/usr/local)
	$(call INSTALL,755,$(B)/waconf,$(I)/bin/waconf)
	$(call INSTALL,644,$(B)/completion/waconf.bash,$(SHARE)/bash-completion/completions/waconf)
	$(call INSTALL,644,$(B)/completion/_waconf,$(SHARE)/zsh/site-functions/_waconf)
	$(call INSTALL,644,$(B)/completion/waconf.fish,$(SHARE)/fish/vendor_completions.d/waconf.fish)
	$(foreach page,$(notdir $(if $(shell command -v scdoc),$(MANUALS),$(wildcard $(MANUALS)))),$(call INSTALL,644,$(B)/man/$(page),$(SHARE)/man/man$(lastword $(subst ., ,$(page)))/$(page)))
	$(foreach f,$(notdir $(SERVICES)),$(call INSTALL,644,packaging/systemd/$f,$(DESTDIR)$(UNITDIR)/$f))
	$(foreach f,$(notdir $(SERVICES)),$(Q)sed -i 's,^\(#* *ExecStart=\)/usr/bin/,\1$(PREFIX)/bin/,' $(DESTDIR)$(UNITDIR)/$f$(NEWLINE))
	$(foreach f,$(wildcard schemas/*.json),$(call INSTALL,644,$f,$(SHARE)/waconf/$f))
	$(foreach f,$(wildcard README.md packaging/debian/copyright),$(call INSTALL,644,$f,$(DOC)/$(notdir $f)))
	$(SAY) COPY $(DOC)/examples
	$(Q)for f in $$(find examples -type f); do install -D -m 644 $$f $(DOC)/$$f || exit 1; done

uninstall: ## remove what install put there
	rm -f $(I)/bin/waconf $(SHARE)/bash-completion/completions/waconf $(SHARE)/zsh/site-functions/_waconf \
	    $(patsubst packaging/systemd/%,$(DESTDIR)$(UNITDIR)/%,$(SERVICES)) $(SHARE)/fish/vendor_completions.d/waconf.fish $(patsubst %,$(SHARE)/man/man?/%,$(notdir $(MANUALS)))
	rm -rf $(SHARE)/waconf $(DOC)

clean: ## remove everything built
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    while IFS='|' read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done
	@echo
	@sed -n 's/^#   \([A-Z].*\)/  \1/p' $(firstword $(MAKEFILE_LIST))

.PHONY: all deps deps-ci demo check units layers bench fuzz fuzzers schemas man completions install uninstall clean help FORCE
-include $(OBJECTS:.o=.d) $(MAIN_O:.o=.d) $(UNITS:=.d) $(DRIVERS:=.d) $(FUZZERS:=.d)

# SPDX-License-Identifier: GPL-2.0-or-later
# `make help` lists what there is. Everything built lives in $(B).

.DEFAULT_GOAL := all
B       ?= build
CC      ?= cc
V       ?= 0
PREFIX  ?= /usr/local
VERSION := 0.1.0

# --- what is compiled --------------------------------------------------------------------------
ROOMS     := base model yaml provider wire http store secret sync sandbox cmd
SOURCES   := $(sort $(foreach r,$(ROOMS),$(wildcard agent/$(r)/*.c)))
MAIN      := agent/main.c
# The folder is the registry: one provider, one file. wire/registry.c expands this list.
PROVIDERS := $(sort $(basename $(notdir $(wildcard agent/provider/*.c))))

# --- how ---------------------------------------------------------------------------------------
STD      := -std=gnu17 -D_GNU_SOURCE -Iagent -I$(B)/gen
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wno-unknown-warning-option -Wno-format-truncation -Wno-missing-field-initializers
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE -ftrapv
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
PACKAGES := yaml-0.1 jansson sqlite3 libsodium
PKGFLAGS  = $(shell pkg-config --cflags $(PACKAGES) libcurl libmicrohttpd 2>/dev/null)
PKGLIBS   = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -ldl
COMPILE   = $(CC) $(STD) $(WARN) $(HARDEN) $(OPT) $(CPPFLAGS) $(CFLAGS) $(PKGFLAGS) -DVERSION='"$(VERSION)"' -MMD -MP

ifeq ($(V),0)
Q    := @
SAY   = @printf '  %-5s %s\n'
else
Q    :=
SAY   = @:
endif

OBJECTS := $(SOURCES:agent/%.c=$(B)/%.o)
UNITS   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

all: $(B)/waconf

$(B)/waconf: $(MAIN:agent/%.c=$(B)/%.o) $(OBJECTS)
	$(SAY) LINK $@
	$(Q)$(CC) $(HARDEN) $(OPT) $(LINK) $(LDFLAGS) -o $@ $^ $(PKGLIBS)

$(B)/%.o: agent/%.c $(B)/gen/providers.def
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) -c -o $@ $<

# Rewritten only when the list changes, so that an added provider rebuilds the registry and nothing else.
$(B)/gen/providers.def: FORCE
	@mkdir -p $(@D)
	@: >$@.new; for p in $(PROVIDERS); do echo "PROVIDER($$p)"; done >>$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

# A unit test is one file; it links with the whole agent except main.c.
$(B)/unit/%: tests/unit/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(SAY) TEST $<
	$(Q)$(COMPILE) -MF $@.d $(LINK) -o $@ $< $(OBJECTS) $(PKGLIBS) -lcmocka

units: $(UNITS)

clean:
	rm -rf build

.PHONY: all units clean FORCE
-include $(OBJECTS:.o=.d) $(MAIN:agent/%.c=$(B)/%.d) $(UNITS:=.d)

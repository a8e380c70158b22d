# TCP Labs. `make help` lists the targets.
#
# One Makefile for the whole tree, explicit rules. Another build beside this one is made with
# `make BUILD=build/clang CC=clang`; its programs land in build/clang/bin.

# A quick build; with CFLAGS='-Og -g' a debugger follows it line by line.
CC       = cc
CPPFLAGS =
CFLAGS   = -Og
LDFLAGS  =
LDLIBS   =
PREFIX   = /usr/local
DESTDIR  =

# On all processors, unless -j says otherwise. Not so several goals, each of which waits for the one
# before, nor what only calls make again and then tests, which shall not inherit it. (What the make that
# calls this one was told stands in the environment only, while make before 4.4 reads this.)
not_alone := $(word 2,$(MAKECMDGOALS))$(filter lab test check,$(MAKECMDGOALS))
told      := $(MAKEFLAGS) $(shell printenv MAKEFLAGS)
ifeq ($(filter -j% --jobserver%,$(told))$(not_alone),)
MAKEFLAGS += -j$(or $(shell getconf _NPROCESSORS_ONLN 2>/dev/null),1)
endif

BUILD = build
BIN   = $(if $(filter build,$(BUILD)),bin,$(BUILD)/bin)

# What the headers show: POSIX. On other systems than Linux that word hides what all of them have and
# POSIX does not name (SO_REUSEPORT, MSG_DONTWAIT), so there they show what they have.
SHOWN := $(if $(filter Linux,$(shell uname)),-D_POSIX_C_SOURCE=200809L,-D_DARWIN_C_SOURCE -D_NETBSD_SOURCE)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
FLAGS    = -std=c11 $(SHOWN) -Ilib -pthread $(WARNINGS) $(HARDEN) $(CPPFLAGS) $(CFLAGS)
LINK     = $(CC) $(FLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@

# Hardening, as far as the compiler and the linker have it; HARDEN= and HARDEN_LINK= leave it out, and
# so do a static program, which cannot be moved, and the sanitizers, which look for the same and more.
# -gz, which is tried with it, packs what -g writes.
plain      := $(findstring -static,$(CFLAGS) $(LDFLAGS))$(findstring -fsanitize,$(CFLAGS))
comma      := ,
try         = $(shell mkdir -p $(BUILD); echo 'int main(void) { return 0; }' >$(BUILD)/try.c; \
	$(CC) -Werror $(CFLAGS) $(1) -o $(BUILD)/try $(BUILD)/try.c 2>/dev/null && echo '$(1)')
# A packager's own level of _FORTIFY_SOURCE is left as it is.
fortify     := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDEN      := $(if $(plain),,$(call try,-fPIE -fstack-protector-strong $(fortify) -gz))
HARDEN_LINK := $(if $(HARDEN),$(call try,-fPIE -pie -Wl$(comma)-z$(comma)relro -Wl$(comma)-z$(comma)now))

# One line for each, so that two hands can add one.
PROGRAMS =
PROGRAMS += echo-server
PROGRAMS += echo-client
PROGRAMS += upper-server
PROGRAMS += stdin-client
PROGRAMS += relay
PROGRAMS += reuseport-demo

TOOLS =
TOOLS += two-hosts
TOOLS += ladder
TOOLS += cwnd

.PHONY: all help lab test check bench sizes install uninstall clean $(PROGRAMS) $(TOOLS)

all: $(PROGRAMS) $(TOOLS) $(BIN)/lab

# A program bears the name of its folder: `make relay` builds bin/relay.
$(PROGRAMS) $(TOOLS): %: $(BIN)/%

# ---- Objects and programs ---------------------------------------------------------------------

# One source gives one object, build/FOLDER/FILE.o; the compiler itself writes down which headers it
# has read (-MMD), beside the object.
SOURCES  = $(wildcard lib/*.c labs/ladder/*.c labs/player/*.c $(PROGRAMS:%=%/*.c))
objects  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

-include $(SOURCES:%.c=$(BUILD)/%.d)

# A program is what stands in its folder, and lib.
define program_rule
$(BIN)/$(1): $(call objects,$(1)/*.c lib/*.c)
	@mkdir -p $$(@D)
	$$(LINK) $$^ $$(LDLIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

$(BIN)/ladder: $(call objects,labs/ladder/*.c)
	@mkdir -p $(@D)
	$(LINK) $^ $(LDLIBS)

# The player. `make lab` plays the worksheets; its binary has no target of that name.
$(BIN)/lab: $(call objects,labs/player/*.c)
	@mkdir -p $(@D)
	$(LINK) $^ $(LDLIBS)

# Scripts, but such as the worksheets call by their names: they stand with the programs on the PATH.
$(BIN)/two-hosts $(BIN)/cwnd: $(BIN)/%: labs/%
	@mkdir -p $(@D)
	install labs/$* $@

# ---- The two commands, and what CI runs -------------------------------------------------------

lab:
	labs/install-tools observe
	$(MAKE) all
	$(BIN)/lab run

# TESTS='tests/relay.bats …' runs only those.
test:
	labs/install-tools observe test
	$(MAKE) all
	TCP_LABS_BIN='$(abspath $(BIN))' tests/run $(TESTS)

# CHECKS='tidy shell …' runs only those; tests/check --help lists them.
check:
	labs/install-tools observe test check
	MAKE='$(MAKE)' tests/check $(CHECKS)

# Each program beside its peers, in the same run.
bench: all
	for b in echo relay ladder classroom; do \
		echo "== tests/bench/$$b"; tests/bench/$$b || exit 1; done

# How long the programs are that shall be read in one sitting, and how large; fails if one is too long.
sizes: all
	tests/sizes

# ---- Install ----------------------------------------------------------------------------------

# The worksheets, and the pictures that they use.
SHEETS = $(wildcard labs/*.md labs/*.svg)
PAGES  = $(wildcard $(PROGRAMS:%=*/%.1) $(TOOLS:%=labs/*/%.1) labs/player/lab.1)
SHARE  = $(DESTDIR)$(PREFIX)/share
# Where AppArmor knows of user namespaces, lab gets a profile that allows it one. APPARMOR= leaves it
# out, APPARMOR=yes puts it in wherever this is built.
APPARMOR = $(wildcard /etc/apparmor.d/abi/4.0)
PROFILE  = $(DESTDIR)/etc/apparmor.d/tcp-labs
SECURITY = /sys/kernel/security/apparmor

install: all
	install -d -m 755 $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/tcp-labs/labs \
		$(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions
	install -m 644 labs/player/completion/lab.bash $(SHARE)/bash-completion/completions/lab
	install -m 644 labs/player/completion/_lab $(SHARE)/zsh/site-functions/_lab
	install -m 755 $(patsubst %,$(BIN)/%,$(PROGRAMS) $(TOOLS) lab) $(DESTDIR)$(PREFIX)/bin
	for f in $(PAGES); do install -m 644 $$f $(SHARE)/man/man1 || exit 1; done
	for f in $(SHEETS); do install -m 644 $$f $(SHARE)/tcp-labs/labs || exit 1; done
	install -m 755 labs/install-tools $(SHARE)/tcp-labs/labs
	$(if $(APPARMOR),$(if $(DESTDIR),$(install_profile),$(load_profile)))

# Into a DESTDIR it is only put; else it is loaded too, which takes root.
define install_profile
sed 's|@BIN@|$(PREFIX)/bin|' labs/player/apparmor.in >$(BUILD)/tcp-labs.profile && \
	install -d -m 755 $(dir $(PROFILE)) && install -m 644 $(BUILD)/tcp-labs.profile $(PROFILE)
endef
define load_profile
if [ "$$(id -u)" -ne 0 ]; then \
		echo 'make install: not root, so without the AppArmor profile for lab'; \
	else \
		$(install_profile) && \
		{ [ ! -d $(SECURITY) ] || apparmor_parser -r $(PROFILE) || \
			echo 'make install: the AppArmor profile is not loaded'; }; \
	fi
endef

uninstall:
	cd $(DESTDIR)$(PREFIX)/bin && rm -f $(PROGRAMS) $(TOOLS) lab
	cd $(SHARE)/man/man1 && rm -f $(notdir $(PAGES))
	rm -f $(SHARE)/bash-completion/completions/lab $(SHARE)/zsh/site-functions/_lab
	rm -rf $(SHARE)/tcp-labs
	if [ -e $(PROFILE) ] && [ -z "$(DESTDIR)" ] && [ -d $(SECURITY) ]; then \
		apparmor_parser -R $(PROFILE) || :; fi
	! grep -qs ' $(PREFIX)/bin/lab ' $(PROFILE) || rm -f $(PROFILE)

help:
	@echo 'make              build the programs and the player into $(BIN)/'
	@echo 'make lab          play every worksheet (installs missing observation tools first)'
	@echo 'make test         run every test, the worksheets included (installs bats if missing)'
	@echo 'make check        what CI runs: tests under gcc, clang and sanitizers, static analysis'
	@echo 'make sizes        how long the programs and lib are, and how long they may be'
	@echo 'make bench        measure the programs beside their peers'
	@echo 'make install      into PREFIX=$(PREFIX) (DESTDIR= is honoured)'
	@echo 'make uninstall    remove what make install put there'
	@echo 'make clean        remove bin/ and build/'

clean:
	rm -rf bin build

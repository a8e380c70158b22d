# TCP Labs. `make help` lists the targets.
#
# One Makefile for the whole tree, explicit rules. Another build beside this one is made with
# `make BUILD=build/clang CC=clang`; its programs land in build/clang/bin.

CC      = cc
CFLAGS  = -O1 -g
LDFLAGS =
PREFIX  = /usr/local
DESTDIR =

BUILD = build
BIN   = $(if $(filter build,$(BUILD)),bin,$(BUILD)/bin)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
FLAGS    = -std=c11 -D_POSIX_C_SOURCE=200809L -Ilib -pthread $(WARNINGS) $(CFLAGS)
LINK     = $(CC) $(FLAGS) $(LDFLAGS) -o $@

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

.PHONY: all help lab test check bench install uninstall clean $(PROGRAMS) $(TOOLS)

all: $(PROGRAMS) $(TOOLS) $(BIN)/lab

# A program bears the name of its folder: `make relay` builds bin/relay.
$(PROGRAMS) $(TOOLS): %: $(BIN)/%

# ---- Objects and programs ---------------------------------------------------------------------

$(BUILD)/netutil.o: lib/netutil.c lib/netutil.h
	@mkdir -p $(BUILD)
	$(CC) $(FLAGS) -c -o $@ lib/netutil.c

$(BIN)/echo-server: echo-server/echo-server.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) echo-server/echo-server.c $(BUILD)/netutil.o

$(BIN)/echo-client: echo-client/echo-client.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) echo-client/echo-client.c $(BUILD)/netutil.o

$(BIN)/upper-server: upper-server/upper-server.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) upper-server/upper-server.c $(BUILD)/netutil.o

$(BIN)/stdin-client: stdin-client/stdin-client.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) stdin-client/stdin-client.c $(BUILD)/netutil.o

$(BIN)/relay: relay/relay.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) relay/relay.c $(BUILD)/netutil.o

$(BIN)/reuseport-demo: reuseport-demo/reuseport-demo.c lib/netutil.h $(BUILD)/netutil.o
	@mkdir -p $(BIN)
	$(LINK) reuseport-demo/reuseport-demo.c $(BUILD)/netutil.o

# A script, but one that the worksheets call by its name: it stands with the programs on the PATH.
$(BIN)/two-hosts: labs/two-hosts
	@mkdir -p $(BIN)
	install labs/two-hosts $@

LADDER = labs/ladder
LADDER_OBJECTS = $(BUILD)/ladder.o $(BUILD)/parse.o $(BUILD)/flow.o $(BUILD)/text.o $(BUILD)/svg.o

$(BIN)/ladder: $(LADDER_OBJECTS)
	@mkdir -p $(BIN)
	$(LINK) $(LADDER_OBJECTS)

$(BUILD)/ladder.o: $(LADDER)/ladder.c $(LADDER)/ladder.h
$(BUILD)/parse.o: $(LADDER)/parse.c $(LADDER)/ladder.h
$(BUILD)/flow.o: $(LADDER)/flow.c $(LADDER)/ladder.h
$(BUILD)/text.o: $(LADDER)/text.c $(LADDER)/ladder.h
$(BUILD)/svg.o: $(LADDER)/svg.c $(LADDER)/ladder.h

$(LADDER_OBJECTS):
	@mkdir -p $(BUILD)
	$(CC) $(FLAGS) -c -o $@ $<

# The player. `make lab` plays the worksheets; its binary has no target of that name.

PLAYER = labs/player
PLAYER_OBJECTS = $(BUILD)/lab.o $(BUILD)/worksheet.o $(BUILD)/match.o $(BUILD)/terminal.o \
	$(BUILD)/room.o $(BUILD)/tools.o $(BUILD)/play.o $(BUILD)/run.o $(BUILD)/projector.o \
	$(BUILD)/session.o $(BUILD)/recording.o $(BUILD)/term.o $(BUILD)/deeds.o $(BUILD)/check.o \
	$(BUILD)/print.o $(BUILD)/accept.o $(BUILD)/open.o

$(BIN)/lab: $(PLAYER_OBJECTS)
	@mkdir -p $(BIN)
	$(LINK) $(PLAYER_OBJECTS)

$(BUILD)/lab.o: $(PLAYER)/lab.c $(PLAYER)/accept.h $(PLAYER)/check.h $(PLAYER)/play.h $(PLAYER)/match.h \
	$(PLAYER)/terminal.h $(PLAYER)/open.h $(PLAYER)/print.h $(PLAYER)/room.h $(PLAYER)/run.h $(PLAYER)/term.h $(PLAYER)/tools.h \
	$(PLAYER)/worksheet.h
$(BUILD)/worksheet.o: $(PLAYER)/worksheet.c $(PLAYER)/worksheet.h
$(BUILD)/match.o: $(PLAYER)/match.c $(PLAYER)/match.h $(PLAYER)/worksheet.h
$(BUILD)/terminal.o: $(PLAYER)/terminal.c $(PLAYER)/terminal.h $(PLAYER)/match.h $(PLAYER)/room.h \
	$(PLAYER)/worksheet.h
$(BUILD)/room.o: $(PLAYER)/room.c $(PLAYER)/room.h
$(BUILD)/tools.o: $(PLAYER)/tools.c $(PLAYER)/tools.h $(PLAYER)/worksheet.h
$(BUILD)/play.o: $(PLAYER)/play.c $(PLAYER)/play.h $(PLAYER)/match.h $(PLAYER)/terminal.h \
	$(PLAYER)/worksheet.h
$(BUILD)/run.o: $(PLAYER)/run.c $(PLAYER)/run.h $(PLAYER)/play.h $(PLAYER)/projector.h \
	$(PLAYER)/room.h $(PLAYER)/tools.h $(PLAYER)/match.h $(PLAYER)/terminal.h $(PLAYER)/worksheet.h
$(BUILD)/projector.o: $(PLAYER)/projector.c $(PLAYER)/projector.h $(PLAYER)/term.h $(PLAYER)/terminal.h \
	$(PLAYER)/match.h $(PLAYER)/worksheet.h

$(BUILD)/session.o: $(PLAYER)/session.c $(PLAYER)/session.h $(PLAYER)/room.h $(PLAYER)/worksheet.h
$(BUILD)/recording.o: $(PLAYER)/recording.c $(PLAYER)/recording.h
$(BUILD)/term.o: $(PLAYER)/term.c $(PLAYER)/term.h $(PLAYER)/recording.h $(PLAYER)/room.h \
	$(PLAYER)/session.h $(PLAYER)/terminal.h $(PLAYER)/match.h $(PLAYER)/worksheet.h

$(BUILD)/deeds.o: $(PLAYER)/deeds.c $(PLAYER)/deeds.h $(PLAYER)/match.h $(PLAYER)/recording.h \
	$(PLAYER)/room.h $(PLAYER)/session.h $(PLAYER)/terminal.h $(PLAYER)/worksheet.h
$(BUILD)/check.o: $(PLAYER)/check.c $(PLAYER)/check.h $(PLAYER)/deeds.h $(PLAYER)/match.h \
	$(PLAYER)/print.h $(PLAYER)/room.h $(PLAYER)/session.h $(PLAYER)/worksheet.h
$(BUILD)/print.o: $(PLAYER)/print.c $(PLAYER)/print.h $(PLAYER)/worksheet.h

$(BUILD)/accept.o: $(PLAYER)/accept.c $(PLAYER)/accept.h $(PLAYER)/play.h $(PLAYER)/run.h \
	$(PLAYER)/match.h $(PLAYER)/terminal.h $(PLAYER)/worksheet.h

$(BUILD)/open.o: $(PLAYER)/open.c $(PLAYER)/open.h $(PLAYER)/term.h $(PLAYER)/worksheet.h

$(PLAYER_OBJECTS):
	@mkdir -p $(BUILD)
	$(CC) $(FLAGS) -c -o $@ $<

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
	for b in tests/bench/*; do echo "== $$b"; $$b || exit 1; done

# ---- Install ----------------------------------------------------------------------------------

# The worksheets, and the pictures that they use.
SHEETS = $(wildcard labs/*.md labs/*.svg)
PAGES  = $(wildcard $(PROGRAMS:%=*/%.1) $(TOOLS:%=labs/*/%.1) labs/player/lab.1)
SHARE  = $(DESTDIR)$(PREFIX)/share

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/tcp-labs/labs \
		$(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions
	install -m 644 labs/player/completion/lab.bash $(SHARE)/bash-completion/completions/lab
	install -m 644 labs/player/completion/_lab $(SHARE)/zsh/site-functions/_lab
	install $(patsubst %,$(BIN)/%,$(PROGRAMS) $(TOOLS) lab) $(DESTDIR)$(PREFIX)/bin
	for f in $(PAGES); do install -m 644 $$f $(SHARE)/man/man1 || exit 1; done
	for f in $(SHEETS); do cp -p $$f $(SHARE)/tcp-labs/labs || exit 1; done

uninstall:
	cd $(DESTDIR)$(PREFIX)/bin && rm -f $(PROGRAMS) $(TOOLS) lab
	cd $(SHARE)/man/man1 && rm -f $(notdir $(PAGES))
	rm -f $(SHARE)/bash-completion/completions/lab $(SHARE)/zsh/site-functions/_lab
	rm -rf $(SHARE)/tcp-labs

help:
	@echo 'make              build the programs and the player into $(BIN)/'
	@echo 'make lab          play every worksheet (installs missing observation tools first)'
	@echo 'make test         run every test, the worksheets included (installs bats if missing)'
	@echo 'make check        what CI runs: tests under gcc, clang and sanitizers, static analysis'
	@echo 'make bench        measure the programs beside their peers'
	@echo 'make install      into PREFIX=$(PREFIX) (DESTDIR= is honoured)'
	@echo 'make uninstall    remove what make install put there'
	@echo 'make clean        remove bin/ and build/'

clean:
	rm -rf bin build

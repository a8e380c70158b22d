# TCP Labs. `make help` lists the targets.
#
# One Makefile for the whole tree, explicit rules. Another build beside this one is made with
# `make BUILD=build/clang CC=clang`; its programs land in build/clang/bin.

CC      = cc
CFLAGS  = -O2 -g
LDFLAGS =
PREFIX  = /usr/local
DESTDIR =

BUILD = build
BIN   = $(if $(filter build,$(BUILD)),bin,$(BUILD)/bin)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
FLAGS    = -std=c11 -D_POSIX_C_SOURCE=200809L -Ilib -pthread $(WARNINGS) $(CFLAGS)
LINK     = $(CC) -pthread $(CFLAGS) $(LDFLAGS) -o $@

PROGRAMS =
TOOLS    =
LABS     = $(wildcard labs/[0-9][0-9]-*.md)

.PHONY: all help lab test check bench install uninstall clean $(PROGRAMS) $(TOOLS)

all: $(PROGRAMS) $(TOOLS)

# A program bears the name of its folder: `make relay` builds bin/relay.
$(PROGRAMS) $(TOOLS): %: $(BIN)/%

# ---- Objects and programs ---------------------------------------------------------------------

$(BUILD)/netutil.o: lib/netutil.c lib/netutil.h
	@mkdir -p $(BUILD)
	$(CC) $(FLAGS) -c -o $@ lib/netutil.c

help:
	@echo 'make              build the programs and the player into $(BIN)/'
	@echo 'make lab          play every worksheet (installs missing observation tools first)'
	@echo 'make test         run every test, the worksheets included (installs bats if missing)'
	@echo 'make check        what CI runs: tests under gcc, clang and sanitizers, static analysis'
	@echo 'make bench        measure the programs beside their peers'
	@echo 'make install      into PREFIX=$(PREFIX) (DESTDIR= is honoured)'
	@echo 'make clean        remove bin/ and build/'

clean:
	rm -rf bin build

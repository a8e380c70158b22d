#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets output
# make install and uninstall, into a folder: who can read it, what is written where.
load helper

setup() {
  common_setup
  ROOT=$BATS_TEST_DIRNAME/..
  # The programs that are tested are those that are installed, wherever they were built.
  BUILT=(BUILD="build/$(basename "$(dirname "$BIN")")")
  [ "$BIN" != "$(cd "$ROOT/bin" && pwd)" ] || BUILT=()
}

make_it() {
  make -s -C "$ROOT" "${BUILT[@]}" DESTDIR="$PWD/root" PREFIX=/opt/tcp "$@"
}

@test "what is installed can be read by all, also if the one who installs it is secretive" {
  (umask 077 && make_it install APPARMOR=yes)
  [ "$(find root/opt root/etc ! -perm -o+r | wc -l)" -eq 0 ]
  [ "$(find root/opt root/etc -type d ! -perm -o+x | wc -l)" -eq 0 ]
  for program in lab echo-server ladder two-hosts; do
    [ "$(stat -c %a "root/opt/tcp/bin/$program")" = 755 ]
  done
  [ -e root/opt/tcp/share/man/man1/lab.1 ]
  run -0 root/opt/tcp/bin/lab list
  [[ ${lines[0]} == 01-* ]]
}

@test "uninstall takes away all that install has put there, and nothing else" {
  make_it install APPARMOR=yes
  touch root/opt/tcp/bin/other root/etc/apparmor.d/other
  make_it uninstall APPARMOR=yes
  [ "$(cd root && find . -type f | sort | tr '\n' ' ')" = './etc/apparmor.d/other ./opt/tcp/bin/other ' ]
}

@test "without AppArmor there is no profile" {
  make_it install APPARMOR=
  [ ! -e root/etc ]
}

@test "the profile names the installed lab, and AppArmor can read it" {
  make_it install APPARMOR=yes
  grep -x 'profile tcp-labs /opt/tcp/bin/lab flags=(unconfined) {' root/etc/apparmor.d/tcp-labs
  PATH=$PATH:/usr/sbin:/sbin
  [ -e /etc/apparmor.d/abi/4.0 ] && command -v apparmor_parser || skip 'needs apparmor_parser of AppArmor 4'
  run -0 apparmor_parser -Q -K -T root/etc/apparmor.d/tcp-labs
  # It would complain.
  sed 's/userns,/usernz,/' root/etc/apparmor.d/tcp-labs >wrong
  run -1 apparmor_parser -Q -K -T wrong
}

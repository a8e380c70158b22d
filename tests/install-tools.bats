# labs/install-tools, on a machine made of stubs: what it finds, says and runs.
load helper

setup() {
  common_setup
  tool=$BATS_TEST_DIRNAME/../labs/install-tools
  mkdir stubs
  for command in sh env grep sed tail uname; do
    ln -s "$(command -v "$command")" stubs/
  done
  # The lists of apt have been fetched; the user is root.
  stub find 'echo /var/lib/apt/lists/debian_Packages'
  stub id 'echo 0'
  # Every tool that it knows of is here, but for netstat and lsof.
  # shellcheck disable=SC2013 # words are what is wanted
  for command in $(sed -n "s/.*tools='\(.*\)' ;;/\1/p" "$tool"); do
    stub "$command" 'exit 0'
  done
  rm stubs/netstat stubs/lsof
  stub nc 'echo OpenBSD netcat >&2'
}

# stub NAME SCRIPT: a command that does that.
stub() {
  rm -f "stubs/$1"
  printf '#!/bin/sh\n%s\n' "$2" >"stubs/$1"
  chmod +x "stubs/$1"
}

# A package manager that notes how it was called.
manager() {
  stub "$1" "echo \"$1 \$*\" >>$PWD/called; ${2:-exit 0}"
}

# Run it on the stub machine.
install_tools() {
  run env PATH="$PWD/stubs" sh "$tool" "$@"
  echo "$output"
  cat called 2>/dev/null || true
}

@test "nothing is missing: nothing is said or run" {
  stub netstat 'exit 0'
  stub lsof 'exit 0'
  manager apt-get
  install_tools observe test
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ ! -e called ]
}

@test "as root it says what is missing and what it runs, and runs just that" {
  manager apt-get
  install_tools observe test
  [ "$status" -eq 0 ]
  local command='apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends net-tools lsof'
  diff <(echo "$output" | head -n 2) - <<END
install-tools: missing: netstat lsof
install-tools: running: env DEBIAN_FRONTEND=noninteractive $command
END
  [ "$(cat called)" = "$command" ]
}

@test "apt's lists are fetched first where there are none" {
  manager apt-get
  stub find 'exit 0'
  install_tools
  [ "$(wc -l <called)" -eq 2 ]
  [[ $(head -n 1 called) == *" update" ]]
}

@test "apt's lists are fetched again if they are too old to install from" {
  manager apt-get "case \$* in *update) echo >$PWD/fresh ;; *) [ -e $PWD/fresh ] ;; esac"
  install_tools
  [ "$status" -eq 0 ]
  [ "$(wc -l <called)" -eq 3 ]
  [[ $(tail -n 1 called) == *" net-tools lsof" ]]
}

@test "one package that does not exist keeps no other away; what failed is said, and it goes on" {
  manager apt-get 'case $* in *net-tools*) echo "E: no such package"; exit 100 ;; esac'
  install_tools
  [ "$status" -eq 0 ]
  [[ $(tail -n 1 called) == *" lsof" ]]
  [[ $output == *"E: no such package"* ]]
  [[ $output == *"install-tools: could not install: net-tools; going on without"* ]]
}

@test "an apt-get that cannot reach anything is reported once, and it goes on" {
  stub lsof 'exit 0'
  manager apt-get 'echo "E: Unable to fetch"; exit 100'
  install_tools
  [ "$status" -eq 0 ]
  [ "$(wc -l <called)" -eq 2 ]
  [[ $output == *"E: Unable to fetch"*"could not install: net-tools; going on without"* ]]
}

@test "an ordinary user without sudo is told what to install, and it goes on" {
  manager apt-get
  stub id 'echo 1000'
  install_tools
  [ "$status" -eq 0 ]
  [[ ${lines[1]} == *"Please install: net-tools lsof" ]]
  [ ! -e called ]
}

@test "an ordinary user's sudo is used if it asks for no password" {
  manager apt-get
  stub id 'echo 1000'
  stub sudo "echo \"sudo \$*\" >>$PWD/called"
  install_tools
  [ "$status" -eq 0 ]
  [[ $(tail -n 1 called) == "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "*" net-tools lsof" ]]
}

@test "a sudo that wants a password is not asked where nobody can type one" {
  manager apt-get
  stub id 'echo 1000'
  stub sudo 'exit 1'
  install_tools
  [ "$status" -eq 0 ]
  [[ ${lines[1]} == *"Please install: net-tools lsof" ]]
}

@test "other package managers are called in their own way" {
  for manager in dnf apk pacman brew; do
    manager "$manager"
    stub nc 'echo some other netcat >&2'
    install_tools
    [ "$status" -eq 0 ]
    rm "stubs/$manager"
  done
  diff called - <<'END'
dnf install -y net-tools lsof netcat
apk add --no-cache net-tools lsof netcat-openbsd
pacman -Sy --noconfirm --needed net-tools lsof openbsd-netcat
brew install net-tools lsof netcat
END
}

@test "BusyBox's netstat is not what the labs need" {
  mkdir busy
  stub netstat 'exit 0'
  mv stubs/netstat busy/busybox
  ln -s "$PWD/busy/busybox" stubs/netstat
  ln -s "$(command -v readlink)" stubs/
  stub lsof 'exit 0'
  manager apk
  install_tools
  [ "${lines[0]}" = 'install-tools: missing: netstat' ]
  [ "$(cat called)" = 'apk add --no-cache net-tools' ]
}

@test "without a package manager it says what to install, and goes on" {
  install_tools
  [ "$status" -eq 0 ]
  [[ ${lines[1]} == *"please install: net-tools lsof" ]]
}

@test "an unknown group is wrong usage" {
  install_tools observe everything
  [ "$status" -eq 2 ]
  [ "$output" = "install-tools: unknown group everything (observe, test, check)" ]
}

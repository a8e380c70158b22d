# shellcheck shell=bash disable=SC2034 # what is set here is for the benchmarks
# common.bash - what the benchmarks share: the driver, the ways that are measured, medians, the table.
#
#   begin NAME            way number 0, without ours and without peers; sets host, work, load, peer
#   way NAME              the next way, its number in `way`; what a peer is follows ours
#   run COMMAND...        in the background, ended with the benchmark
#   await_all             until every way's ports are listened on
#   sample WORK WAY LOAD...   one measurement by build/bench/load
#   table WORK TITLE...   medians, one line a way

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
load=$root/build/bench/load
peer=$root/build/bench/peer
work=$(mktemp -d)
# A loopback address of this run's own, so that its ports are free.
host=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
pids=() ways=() names=() way=0

finish() {
  [ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkdir -p "$root/build/bench"
# CC, as for make.
"${CC:-cc}" -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -pthread "$root/tests/bench/load.c" -o "$load"
rm -f "$peer"
if command -v go >/dev/null; then
  GO111MODULE=off GOFLAGS='' GOCACHE=$work/go go build -o "$peer" "$root/tests/bench/peer.go"
fi
ulimit -n "$(ulimit -Hn)"

begin() {
  ways=(0) names=("$1")
}

way() {
  way=$((way + 1))
  ways+=("$way")
  names+=("$1")
}

run() {
  "$@" >/dev/null 2>>"$work/errors" &
  pids+=($!)
}

listening() {
  [ -n "$(ss -Htln "src $host:$1")" ]
}

await_all() {
  local w p
  for w in "${ways[@]}"; do
    for p in ${PORTS:-7000 8000}; do
      for _ in {1..500}; do
        if listening $((p + w)); then continue 2; fi
        sleep 0.02
      done
      echo "${0##*/}: nobody listens on $host:$((p + w)), which is ${names[w]}" >&2
      cat "$work/errors" >&2
      exit 1
    done
  done
}

# The driver prints one figure, or two: the second is p99.
sample() {
  local name=$1 w=$2 figure slow
  shift 2
  read -r figure slow < <("$load" "$@" || echo lost)
  echo "$figure" >>"$work/$name.$w"
  [ -z "$slow" ] || echo "$slow" >>"$work/$name-p99.$w"
}

median() { # median FILE: of its lines, `lost` if one of them is, - if there is none
  [ -e "$1" ] || {
    echo -
    return
  }
  if grep -q lost "$1"; then
    echo lost
  else
    sort -n "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
  fi
}

# Way 0 is the driver alone, way 1 ours; all from FIRST_PEER (2) on are peers.
table() {
  local name w best line value
  printf '%-20s' ''
  for ((i = 2; i <= $#; i += 2)); do printf ' %26s' "${!i}"; done
  echo
  for w in "${ways[@]}"; do
    printf '%-20s' "${names[w]}"
    for ((i = 1; i < $#; i += 2)); do
      name=${!i}
      best=$(for p in "${ways[@]}"; do
        [ "$p" -lt "${FIRST_PEER:-2}" ] || median "$work/$name.$p"
      done | sort -n | awk -v least="$([[ $name == *p99 || $name == memory ]] && echo 1)" '
        /[0-9]/ { if (least && !n++) b = $1; else if (!least) b = $1 } END { print b }')
      value=$(median "$work/$name.$w")
      if [[ $value == [0-9]* && -n $best ]]; then
        printf ' %26s' "$(awk -v v="$value" -v b="$best" 'BEGIN { printf "%.*f (%.2f)", v < 100, v, v / b }')"
      else
        printf ' %26s' "$value"
      fi
    done
    echo
  done
}

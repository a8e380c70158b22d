#!/usr/bin/env bats
# cwnd.bats - samples of a congestion window, as a drawing, as a picture, as a list of falls.

load helper

setup() {
  common_setup
  # A slow start from 10 to 24, a fall to 12, a rise to 14, a fall to 7, and a rise that is not over.
  {
    for i in 0 1 2 3 4 5 6 7; do echo "0.$i $((10 + 2 * i)) 0 $((10 + i)).5 0 $((1 + 2 * i))"; done
    echo '0.8 18 12 20.0 2 17' # on the way down
    echo '0.9 12 12 19.0 3 18'
    echo '1.0 13 12 19.0 3 30'
    echo '1.1 14 12 20.0 3 43'
    echo '1.2 7 7 20.0 4 50'
    echo '1.3 8 7 15.0 4 58'
  } >samples
}

@test "teeth: each fall, the window before it and what it fell to" {
  run cwnd teeth samples
  [ "$status" -eq 0 ]
  diff - <(echo "$output") <<'END'
  0.9 s: window 24, then 12, halved
  1.2 s: window 14, then 7, halved
END
}

@test "teeth: a fall that is none to a half is not called one" {
  sed -i 's/^1.2 7 7/1.2 11 11/; s/^1.3 8 7/1.3 12 11/' samples
  run cwnd teeth samples
  [ "${lines[1]}" = '  1.2 s: window 14, then 11' ]
}

@test "teeth: a slow sampler misses as much of slow start as has arrived meanwhile, and no more" {
  sed -i '/^0\.[4-7] /d; s/^0.8 .*/0.8 12 12 20.0 2 15/' samples # the last one before: window 16, 7 arrived
  [ "$(cwnd teeth samples | head -n 1)" = '  0.8 s: window 16, then 12, halved' ]
  sed -i 's/^0.8 .*/0.8 12 12 20.0 2 14/' samples
  [ "$(cwnd teeth samples | head -n 1)" = '  0.8 s: window 16, then 12' ]
}

@test "teeth: a fall whose lowest point no sample has seen ends where the window rises again" {
  sed -i '/^1.2 /d; s/^1.3 .*/1.3 8 7 15.0 4 58\n1.6 9 7 15.0 4 64/' samples
  [ "$(cwnd teeth samples | tail -n 1)" = '  1.6 s: window 14, then 7, halved' ]
  sed -i 's/^1.3 8 7/1.3 8 6/; s/^1.6 9 7/1.6 9 6/; s/^1.1 14 12/1.1 15 12/' samples # of 15 the half is no 6
  [ "$(cwnd teeth samples | tail -n 1)" = '  1.6 s: window 15, then 6' ]
}

@test "draw: the highest window in the first row, the threshold, the losses, the last second" {
  run cwnd draw samples
  [ "$status" -eq 0 ]
  [[ ${lines[1]} =~ ^\ +24\ \|\ +\*$ ]]
  sed 1d <<<"$output" | grep -Eq ' -'
  grep -Eq '^ +\|( *x){3}' <<<"$output"
  [[ ${lines[-1]} == *'1.3 s' ]]
  [ "$(awk 'length > 80' <<<"$output")" = '' ]
}

@test "svg: a picture with its three curves and a mark for each loss" {
  cwnd svg samples >picture.svg
  [ "$(grep -c 'stroke-dasharray' picture.svg)" -eq 3 ]
  [ "$(grep -c 'v-8' picture.svg)" -eq 3 ]
  run ! grep -E 'href|url\(|<script|nan|inf' picture.svg
}

@test "what is not a sample is told with its line" {
  sed -i '3s/.*/0.2 14 ; rm 0 5/' samples
  for verb in draw svg teeth; do
    run cwnd "$verb" samples
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = 'cwnd: samples:3: not a sample' ]
  done
}

@test "an empty file, a missing one, a missing word" {
  : >empty
  run cwnd draw empty
  [ "$status" -eq 1 ]
  [ "$output" = 'cwnd: no samples' ]
  run cwnd draw nowhere
  [ "$status" -eq 1 ]
  [ "$output" = 'cwnd: nowhere: cannot be read' ]
  run cwnd draw
  [ "$status" -eq 2 ]
  run cwnd paint samples
  [ "$status" -eq 2 ]
}

@test "watch: a connection that is being closed is not the one that it waits for" {
  mkdir fake
  cat >fake/ss <<'END'
#!/bin/sh
# What ss says, one call after the other: two of the old connection, two with both, then the new one.
n=$(($(cat calls 2>/dev/null) + 1))
echo "$n" >calls
case $n in
  1 | 2) echo 'FIN-WAIT-1 0 1 10.0.0.1:4000 10.0.0.2:8000 cwnd:10 rtt:0.4/0.2 delivered:3' ;;
  3) printf '%s\n' 'ESTAB 0 0 10.0.0.1:4001 10.0.0.2:8000' 'LAST-ACK 0 1 10.0.0.1:4000 10.0.0.2:8000' ;;
  4 | 5) echo 'ESTAB 0 0 10.0.0.1:4001 10.0.0.2:8000 cwnd:12 rtt:0.4/0.2 delivered:3' ;;
esac
END
  chmod +x fake/ss
  PATH=$PWD/fake:$PATH run cwnd watch 10.0.0.2:8000
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 'cwnd: waiting for a connection to 10.0.0.2:8000' ]
  [ "${lines[1]}" = '0.00 12 0 0.4 0 3' ]
  [[ ${lines[2]} == 'cwnd: 1 samples in '* ]]
  [ "${#lines[@]}" -eq 3 ]
}

@test "watch: an earlier connection that does not end is told, with its state" {
  mkdir fake
  cat >fake/ss <<'END'
#!/bin/sh
# What ss says: 42 times an old connection, then the new one, then none.
n=$(($(cat calls 2>/dev/null) + 1))
echo "$n" >calls
if [ "$n" -le 42 ]; then
  echo 'CLOSE-WAIT 1 0 10.0.0.1:4000 10.0.0.2:8000 cwnd:10'
elif [ "$n" -le 44 ]; then
  echo 'ESTAB 0 0 10.0.0.1:4001 10.0.0.2:8000 cwnd:12 rtt:0.4/0.2 delivered:3'
fi
END
  chmod +x fake/ss
  PATH=$PWD/fake:$PATH run cwnd watch 10.0.0.2:8000
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 'cwnd: an earlier connection to 10.0.0.2:8000 is still there, in CLOSE-WAIT: end its client' ]
  [ "${lines[1]}" = 'cwnd: waiting for a connection to 10.0.0.2:8000' ]
}

# The house itself: what must stay small, and what must stand in one place.
load helper

@test "lib and the programs are as small as they shall be" {
  # A build with sanitizers or without optimization may be larger: only the lines count there.
  TCP_LABS_BIN=${SANITIZED:+/nowhere}
  TCP_LABS_BIN=${TCP_LABS_BIN:-$BIN} run -0 "$BATS_TEST_DIRNAME/sizes"
  [ "${#lines[@]}" -ge 20 ]
}

@test "a file that is too long is named, and the exit status tells" {
  mkdir -p house/tests house/lib
  cp "$BATS_TEST_DIRNAME/sizes" house/tests
  for program in echo-server echo-client upper-server stdin-client relay reuseport-demo; do
    mkdir "house/$program"
    echo >"house/$program/$program.c"
  done
  echo >house/lib/small.h
  seq 251 >house/lib/long.c
  run -1 house/tests/sizes
  [ "$(grep 'TOO LARGE' <<<"$output")" = '    251 of    250 lines  lib/long.c  TOO LARGE' ]
}

@test "the version stands in one place" {
  cd "$BATS_TEST_DIRNAME/.."
  version=$(sed -n 's/^#define TCP_LABS_VERSION "\(.*\)"$/\1/p' lib/version.h)
  [ -n "$version" ]
  for program in "$BIN"/*; do
    case ${program##*/} in
      echo-* | upper-server | stdin-client | relay | reuseport-demo | lab | ladder)
        run -0 "$program" --version
        [[ $output == *" $version" ]]
        ;;
    esac
  done
  [ "$(grep -rlF "\"$version\"" lib labs echo-* upper-server stdin-client relay reuseport-demo \
    --include='*.[ch]')" = lib/version.h ]
}

@test "a program's tables are read-only once it runs (RELRO, BIND_NOW), where the linker can" {
  command -v readelf >/dev/null || skip 'readelf is missing'
  [ "$(uname)" = Linux ] || skip 'ELF as Linux has it'
  case $(readelf -hW "$BIN/relay") in *'EXEC ('*) skip 'a static build cannot be moved' ;; esac
  [ -z "${SANITIZED-}" ] || skip 'a sanitized build is not hardened'
  for program in relay lab; do
    readelf -dW "$BIN/$program" | grep -q 'FLAGS_1.*NOW.*PIE'
    readelf -lW "$BIN/$program" | grep -q GNU_RELRO
  done
}

@test "a packager's flags are taken, and none of ours stands against them" {
  [ -z "${SANITIZED-}" ] || skip 'once is enough'
  run -0 make -C "$BATS_TEST_DIRNAME/.." BUILD="$PWD/build" CFLAGS='-O2 -Werror' \
    CPPFLAGS='-D_FORTIFY_SOURCE=1 -DPACKAGED' LDFLAGS=-Wl,--build-id=none upper-server
  compiled=$(grep -e ' -o ' <<<"$output")
  linked=$(grep ' -o .*/bin/upper-server ' <<<"$output")
  [ -n "$linked" ]
  run -1 grep -E -v -- '-D_FORTIFY_SOURCE=1 -DPACKAGED -O2 -Werror ' <<<"$compiled"
  run -1 grep -E -v -- ' -Wl,--build-id=none -o ' <<<"$linked"
}

@test "a make that was told -j is not told another by the make that it calls" {
  [ -z "${SANITIZED-}" ] || skip 'once is enough'
  # Neither what `make test` was told is meant here, nor is any of this built.
  for flags in '' -j3; do
    MAKEFLAGS=$flags run -0 make -C "$BATS_TEST_DIRNAME/.." -n BUILD="$PWD/build" lab
    [[ $output == *' -o '*/bin/upper-server* && $output != *warning* ]]
  done
}

@test "the map on top of lab.c names every part of the player, and no other" {
  cd "$BATS_TEST_DIRNAME/../labs/player"
  sed '/^ \*\//q' lab.c | grep -oE '[a-z]+' | sort -u >"$BATS_TEST_TMPDIR/words"
  for file in *.c; do
    [ "$file" = lab.c ] || grep -qx "${file%.c}" "$BATS_TEST_TMPDIR/words" || { echo "$file is not on the map"; return 1; }
  done
  sed -nE '/^ \*     verbs /,/^ \*$/s/^ \* {5,}([a-z]+) {2,}.*/\1/p' lab.c >"$BATS_TEST_TMPDIR/parts"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/parts")" -gt 20 ]
  while read -r part; do
    [ -e "$part.c" ] || { echo "$part is on the map only"; return 1; }
  done <"$BATS_TEST_TMPDIR/parts"
}

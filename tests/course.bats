#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031 # tables are full of backquotes; each test has its own variables
# labs/README.md as a course: its order, its minutes, its words, and where each statement is proved.
load helper

LABS=$BATS_TEST_DIRNAME/../labs
README=$LABS/README.md

# The rows of the tables below a heading, without the heads of the tables.
rows() { # rows HEADING
  awk -v head="## $1" '/^## / { inside = $0 == head } inside && /^\| / && !/^\| \*/' "$README" | sed 1d
}

# What is played in one section of a worksheet: commands and promises, runs of blanks made one.
played() { # played SHEET SECTION
  awk -v head="## $2. " '
    /^## / { inside = index($0, head) == 1 }
    /^```/ { shown = inside && /^```console T/; next }
    shown { gsub(/[ \t]+/, " "); print }' "$LABS/$1"
}

# The lines "SHEET SECTION TEXT" of a table whose columns are ... | [NN](SHEET) | SECTION | TEXT |
pointers() { # pointers HEADING
  rows "$1" | sed -n 's/^.*| \[[0-9][0-9]\](\([^)]*\)) | \([0-9]*\) |\( `\(.*\)` |\)\{0,1\}$/\1 \2 \4/p'
}

@test "each statement of the notes is proved where the table says, by what it says" {
  [ "$(rows 'What is proved where' | wc -l)" -ge 102 ]
  [ "$(rows 'What is proved where' | wc -l)" -eq "$(pointers 'What is proved where' | wc -l)" ]
  bad=0
  while read -r sheet section evidence; do
    [ -n "$evidence" ]
    played "$sheet" "$section" >lines
    if ! grep -qF -e "$evidence" lines; then
      echo "$sheet, section $section: no played line has: $evidence"
      bad=1
    fi
  done < <(pointers 'What is proved where')
  [ "$bad" -eq 0 ]
}

@test "what students get wrong is settled by something played" {
  [ "$(rows 'For the teacher: what students get wrong' | wc -l)" -ge 15 ]
  while read -r sheet section _; do
    echo "$sheet, section $section"
    played "$sheet" "$section" | grep -q .
  done < <(pointers 'For the teacher: what students get wrong')
}

@test "the course gives each worksheet's own minutes, at most fifty, and builds on earlier lessons only" {
  seen=' '
  while IFS='|' read -r _ name _ minutes after _; do
    sheet=${name#*](} sheet=${sheet%%)*}
    echo "$sheet:$minutes minutes, after$after"
    grep -qx -e "- Time: ${minutes// /} minutes" "$LABS/$sheet"
    [ "${minutes// /}" -le 50 ]
    for number in ${after//,/ }; do
      [[ $seen == *" $number "* ]]
    done
    seen+="${sheet%%-*} "
  done < <(rows 'The course')
  [ "$(wc -w <<<"$seen")" -eq "$(find "$LABS" -name '[0-9][0-9]-*.md' | wc -l)" ]
}

@test "each word of the glossary stands in the lab that it names" {
  [ "$(rows Words | wc -l)" -ge 40 ]
  while IFS='|' read -r _ word _ lab _; do
    sheet=${lab#*](} sheet=${sheet%%)*}
    word=${word%%,*}
    word=$(sed 's/^ *//; s/ *$//' <<<"$word")
    echo "$word: $sheet"
    tr '\n' ' ' <"$LABS/$sheet" | grep -qiF -e "$word"
  done < <(rows Words)
}

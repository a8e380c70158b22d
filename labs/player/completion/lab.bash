# Completion of lab's command line for bash: source this file, or install it as
# share/bash-completion/completions/lab. Commands and options are those that `lab help` tells.

# The operands before the word at hand go to the array `operands`; of an option with a value, to `option`
# the one that the word is the value of.
_lab_operands() {
  local i word
  operands=() option=
  for ((i = 2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $option$word in
      -j | --attempt | --from | --group | --jobs | --keep | --section | --slowness | --timeout) option=$word ;;
      -*) option= ;;
      *) operands+=("$word") ;;
    esac
  done
}

# The lab that stands anywhere in the line, for what its section or terminals are asked for before it.
_lab_at_hand() {
  local i word
  for ((i = 2; i < ${#COMP_WORDS[@]}; i++)); do
    word=${COMP_WORDS[i]}
    if [ "$i" -ne "$COMP_CWORD" ] && [[ $word != -* && ${COMP_WORDS[i - 1]} != --[afs]* ]]; then
      echo "$word"
      return
    fi
  done
}

_lab() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} lab=${COMP_WORDS[0]} words='' option operands
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$command" = help ]; }; then
    words=$("$lab" help 2>/dev/null | sed -n 's/^\(usage:\|      \) lab \([a-z]*\).*/\2/p')
    [ "$COMP_CWORD" -eq 2 ] || words+=' --help --version'
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return
  fi
  _lab_operands
  case $option in
    --from | --keep) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --group) mapfile -t COMPREPLY < <(compgen -g -- "$word"); return ;;
    --section)
      words=$(_lab_at_hand)
      words=$("$lab" handout "${words:-1}" 2>/dev/null | grep '^## ' | grep -n '' | cut -d: -f1)
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
      return
      ;;
    -*) return ;;
  esac
  if [[ $word == -* ]]; then
    words=$("$lab" help "$command" 2>/dev/null | grep -oE -- '(^|[[ ])(--[a-z]+(-[a-z]+)*|-[a-z])' | tr -d '[ ' | sort -u)
    mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$word")
    return
  fi
  case $command-${#operands[@]} in
    term-1 | transcript-1)
      words=$("$lab" transcript "${operands[0]}" 2>/dev/null | sed -n 's/^# \(T[1-9]\)$/\1/p')
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
      return
      ;;
    check-[1-9]*)
      # T1=FILE: the = is a word of its own here.
      if [[ ${operands[-1]} == = || $word == = ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "${word#=}")
      else
        words=$("$lab" transcript "${operands[0]}" 2>/dev/null | sed -n 's/^# \(T[1-9]\)$/\1=/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        compopt -o nospace 2>/dev/null
      fi
      return
      ;;
    class-[1-9]*)
      mapfile -t COMPREPLY < <(compgen -u -- "$word"; compgen -f -X '!*.json' -- "$word")
      return
      ;;
    list-* | doctor-* | new-*) return ;;
    run-* | lint-* | *-0) ;;
    *) return ;;
  esac
  words=$("$lab" list 2>/dev/null | sed -n 's/^\([0-9][0-9]-[^ ]*\) .*/\1/p')
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; compgen -f -X '!*.md' -- "$word")
}

complete -o filenames -F _lab lab

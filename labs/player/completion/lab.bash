# Completion of lab's command line for bash: source this file, or install it as
# share/bash-completion/completions/lab.

_lab() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} names
  local commands='list doctor run open guide term attempts forget check class transcript handout lint accept new help'
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
    return
  fi
  case $word in
    -*)
      local options=--help
      case $command in
        forget) options='--attempt --yes' ;;
        run) options='--patient --slowness --step --timeout --jobs -j' ;;
        check) options=--json ;;
        transcript) options='--observed --attempt --from --section' ;;
        class) options='--group --watch --csv --json' ;;
        handout) options=--answers ;;
        accept) options=--yes ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
      return
      ;;
  esac
  if [ "$command" = help ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
    return
  fi
  if [ "$COMP_CWORD" -eq 3 ] && { [ "$command" = term ] || [ "$command" = transcript ]; }; then
    names=$("${COMP_WORDS[0]}" transcript "${COMP_WORDS[2]}" 2>/dev/null | sed -n 's/^# \(T[1-9]\)$/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    return
  fi
  names=$("${COMP_WORDS[0]}" list 2>/dev/null | sed -n 's/^\([0-9][0-9]-[^ ]*\) .*/\1/p')
  mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word"; compgen -f -X '!*.md' -- "$word")
}

complete -o filenames -F _lab lab

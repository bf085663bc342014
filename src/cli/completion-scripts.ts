import { EXTENSIONS } from '../store/index.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * Each script runs `netwright __complete WORDS…` for candidates, and completes files and programs itself. It runs the
 * program as it was typed, so that completion also works for ./netwright.
 */

const BASH = `# bash completion for netwright
_netwright() {
  local cur=\${COMP_WORDS[COMP_CWORD]} line word
  local -a found=()
  COMPREPLY=()
  mapfile -t found < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  for line in "\${found[@]}"; do
    case $line in
      :file)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
          if [[ -d $word || $word =~ \\.(${EXTENSIONS.join('|')})$ ]]; then COMPREPLY+=("$word"); fi
        done < <(compgen -f -- "$cur")
        ;;
      :program) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$cur" | sort -u) ;;
      :argument)
        compopt -o filenames 2>/dev/null
        mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
        ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done
}
complete -F _netwright netwright
`;

const ZSH = `#compdef netwright
# zsh completion for netwright
_netwright() {
  local line
  local -a found described
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${found[@]}"; do
    case $line in
      '') ;;
      :file) _files -g '*.(${EXTENSIONS.join('|')})(-.)' ;;
      :program) _command_names -e ;;
      :argument) _files ;;
      *) described+=("\${\${line//:/\\\\:}/$'\\t'/:}") ;;
    esac
  done
  if (( \${#described} )); then _describe -V netwright described; fi
}
if [[ \${funcstack[1]} == _netwright ]]; then _netwright "$@"; else compdef _netwright netwright; fi
`;

const FISH = `# fish completion for netwright
function __netwright_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    switch $line
      case :file
        for extension in ${EXTENSIONS.join(' ')}
          __fish_complete_suffix "$current" .$extension
        end
      case :program
        __fish_complete_command
      case :argument
        __fish_complete_path "$current"
      case '*'
        printf '%s\\n' $line
    end
  end
end
complete -c netwright -f -a '(__netwright_complete)'
`;

/** The completion script of a shell. */
export const scriptFor = (shell: Shell): string => ({ bash: BASH, zsh: ZSH, fish: FISH })[shell];

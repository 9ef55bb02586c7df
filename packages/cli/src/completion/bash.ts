import type { CompletionNode } from "./completion-node.ts";

/** A bash function that looks the words before the cursor up in a table; options are offered once a dash is typed. */
export function bashScript(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words, flags }) => {
    const list = (items: readonly { readonly word: string }[]): string => items.map(({ word }) => word).join(" ");
    return `    '${path.join(" ")}') words='${list(words)}'; flags='${list(flags)}' ;;`;
  });
  return `# bash completion of muster
_muster() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' flags='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ $word == -* ]] && break
    case " $_muster_paths " in
      *" \${path:+\${path}/}$word "*) path="\${path:+\${path}/}$word" ;;
      *) break ;;
    esac
  done
  case "\${path//\\// }" in
${cases.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
_muster_paths='${nodes
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => path.join("/"))
    .join(" ")}'
complete -o filenames -F _muster muster
`;
}

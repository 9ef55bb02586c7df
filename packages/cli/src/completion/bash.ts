import type { CompletionNode } from "./completion-node.ts";

/** A bash function that looks the words before the cursor up in a table; options are offered once a dash is typed. */
export function bashScript(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words, flags, operands = "" }) => {
    const list = (items: readonly { readonly word: string }[]): string => items.map(({ word }) => word).join(" ");
    return `    '${path.join(" ")}') words='${list(words)}'; flags='${list(flags)}'${operands && `; operands='${operands}'`} ;;`;
  });
  return `# bash completion of muster
_muster() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' flags='' operands='' word index
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
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    --server) operands='servers' words='' ;;
    --service) operands='services' words='' ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ -n $operands ]]; then
    _muster_names "$operands" "$current"
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
_muster_names() {
  local name typed="\${COMP_LINE:0:\${COMP_POINT:-0}}"
  # bash takes @ and : for the ends of words, so what stands before them is matched and not offered again.
  typed="\${typed##*[[:space:]]}"
  typed="\${typed:-$2}"
  # Names come from servers: they are compared and never expanded, as compgen -W would.
  while IFS= read -r name; do
    [[ $name == "$typed"* ]] && COMPREPLY+=("\${name#"\${typed%"\${typed##*[@:=]}"}"}")
  done < <(muster names "$1" 2>/dev/null)
}
_muster_paths='${nodes
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => path.join("/"))
    .join(" ")}'
complete -o filenames -F _muster muster
`;
}

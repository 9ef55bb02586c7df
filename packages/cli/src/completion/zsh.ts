import type { CompletionNode, CompletionWord } from "./completion-node.ts";

/** A zsh function with the meaning beside each word. */
export function zshScript(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(
    ({ path, words, flags, operands }) =>
      `    '${path.join(" ")}')\n      choices=(${words.map(describe).join(" ")})\n      flags=(${flags.map(describe).join(" ")})${operands ? `\n      operands=${operands}` : ""} ;;`,
  );
  return `#compdef muster
_muster() {
  local place='' operands='' word index
  local -a choices flags paths
  paths=(${nodes
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quote(path.join(" ")))
    .join(" ")})
  for ((index = 2; index < CURRENT; index++)); do
    word="\${words[index]}"
    [[ $word == -* ]] && break
    (( \${paths[(Ie)\${place:+$place }$word]} )) || break
    place="\${place:+$place }$word"
  done
  case "$place" in
${cases.join("\n")}
  esac
  case "\${words[CURRENT-1]}" in
    --server) operands=servers choices=() ;;
    --service) operands=services choices=() ;;
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o 'option' flags
  elif (( \${#choices} )); then
    _describe 'command' choices
  elif [[ -n "$operands" ]]; then
    compadd -- \${(f)"$(muster names "$operands" 2>/dev/null)"}
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == "_muster" ]]; then _muster "$@"; else compdef _muster muster; fi
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const describe = ({ word, meaning }: CompletionWord): string =>
  quote(`${word.replaceAll(":", "\\:")}:${meaning.replaceAll(":", "\\:")}`);

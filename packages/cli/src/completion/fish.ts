import type { CompletionNode } from "./completion-node.ts";

/** One `complete` line a word, each bound to the exact words before it. */
export function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, words, flags, operands }) => {
    const condition = quote(`__muster_at ${path.join(" ")}`.trimEnd());
    // Operands follow the words of the place, and more of them each other.
    const after = quote(`__muster_after ${path.join(" ")}`.trimEnd());
    return [
      ...(operands ? [`complete -c muster -f -n ${after} -a ${quote(`(muster names ${operands} 2>/dev/null)`)}`] : []),
      ...words.map(
        ({ word, meaning }) => `complete -c muster -f -n ${condition} -a ${quote(word)} -d ${quote(meaning)}`,
      ),
      ...flags.map(
        ({ word, meaning }) => `complete -c muster -n ${condition} -l ${word.slice(2)} -d ${quote(meaning)}`,
      ),
    ];
  });
  return `# fish completion of muster
function __muster_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l plain
    for word in $words
        string match -q -- '-*' $word; and break
        set -a plain $word
    end
    test "$plain" = "$argv"
end
function __muster_after
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end
complete -c muster -x -l server -a '(muster names servers 2>/dev/null)'
complete -c muster -x -l service -a '(muster names services 2>/dev/null)'
${lines.join("\n")}
`;
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

import type { CompletionNode } from "./completion-node.ts";

/** One `complete` line a word, each bound to the exact words before it. */
export function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, words, flags }) => {
    const condition = quote(`__muster_at ${path.join(" ")}`.trimEnd());
    return [
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
${lines.join("\n")}
`;
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

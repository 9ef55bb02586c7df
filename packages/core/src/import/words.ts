/** Words of a line with quotes as OpenSSH's and Ansible's files have them; undefined when a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const one = line[at]!;
    if (one === "\\" && /["'\\ ]/.test(line[at + 1] ?? "")) {
      word = (word ?? "") + line[++at]!;
    } else if (quote !== "") {
      if (one === quote) quote = "";
      else word += one;
    } else if (one === '"' || one === "'") {
      quote = one;
      word ??= "";
    } else if (one === " " || one === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (one === "#" && word === undefined) {
      break;
    } else word = (word ?? "") + one;
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

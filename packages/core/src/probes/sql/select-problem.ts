const FIRST_WORDS = ["select", "with", "values", "table"];
const WORD = /[A-Za-z0-9_$@\u0080-\u{10ffff}]+/uy;

/**
 * Why a text cannot be sent to MariaDB or MySQL as a question that only reads; undefined when it can. Its quotes are
 * those of a session with an empty sql_mode. A server that is told READ ONLY still writes files for INTO and takes
 * procedures that end the transaction, so one statement that begins as a question and has no INTO is asked for here.
 */
export function selectProblem(text: string): string | undefined {
  let position = 0;
  let isFirst = true;
  let hasEnded = false;
  const skipTo = (end: string, from: number): boolean => {
    const found = text.indexOf(end, from);
    position = found === -1 ? text.length : found + end.length;
    return found !== -1;
  };
  while (position < text.length) {
    const character = text[position]!;
    if (/\s/.test(character)) position++;
    else if (character === "#" || /^--(?:[\s\p{Cc}]|$)/u.test(text.slice(position, position + 3)))
      skipTo("\n", position);
    else if (text.startsWith("/*", position)) {
      if (/^M?!/.test(text.slice(position + 2, position + 4))) return "must hold no comment that is run";
      if (!skipTo("*/", position + 2)) return "has a comment that does not end";
    } else if (hasEnded) return "must be one statement";
    else if (character === ";") {
      hasEnded = true;
      position++;
    } else if (character === "'" || character === '"' || character === "`") {
      const end = endOfQuoted(text, position);
      if (end === undefined) return "has a quote that does not end";
      position = end;
      if (isFirst) return WRONG_BEGINNING;
    } else {
      WORD.lastIndex = position;
      const word = WORD.exec(text)?.[0].toLowerCase();
      position += word?.length ?? 1;
      if (word === undefined) {
        if (isFirst && character !== "(") return WRONG_BEGINNING;
        continue;
      }
      if (isFirst && !FIRST_WORDS.includes(word)) return WRONG_BEGINNING;
      if (word === "into") return "must not hold INTO";
      isFirst = false;
    }
  }
  return isFirst ? WRONG_BEGINNING : undefined;
}

const WRONG_BEGINNING = "must begin with SELECT, WITH, VALUES or TABLE";

function endOfQuoted(text: string, start: number): number | undefined {
  const quote = text[start]!;
  for (let position = start + 1; position < text.length; position++) {
    if (text[position] === quote) return position + 1;
    if (text[position] === "\\" && quote !== "`") position++;
  }
  return undefined;
}

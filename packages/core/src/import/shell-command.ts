/** What a shell would do with a character that stands outside of quotes; none of it is done without one. */
const NEEDS_SHELL: Readonly<Record<string, string>> = {
  "|": "a pipe (|)",
  "&": "& (background, or one command after another)",
  ";": "one command after another (;)",
  "\n": "several lines",
  "<": "input from a file (<)",
  ">": "output into a file (>)",
  $: "a variable or another command's output ($)",
  "`": "another command's output (`)",
  "*": "a pattern of file names (*)",
  "?": "a pattern of file names (?)",
  "[": "a pattern of file names ([)",
  "{": "braces ({)",
  "(": "a subshell ( ( )",
  ")": "a subshell ( ) )",
};

export type SplitCommand =
  | {
      readonly ok: true;
      /** Variables set in front of the program, as in `PORT=80 node server.js`. */
      readonly environment: Readonly<Record<string, string>>;
      readonly command: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;
const CHARACTERS_MAX = 65_536;

/**
 * A command line as arguments, by the quoting rules of sh. What only a shell could do is named and refused; nothing is
 * ever expanded.
 */
export function splitCommand(text: string): SplitCommand {
  if (text.length > CHARACTERS_MAX) return { ok: false, why: `its command has more than ${CHARACTERS_MAX} characters` };
  if (text.includes("\0")) return { ok: false, why: "its command holds a NUL" };
  const needsShell = (what: string): SplitCommand => ({ ok: false, why: `its command needs a shell for ${what}` });
  const words: string[] = [];
  /** How many of the words may set a variable: quotes in front of the = make a word one like any other. */
  const assigns: boolean[] = [];
  let word: string | undefined;
  let isPlain = true;
  let quote = "";
  const end = (): void => {
    if (word === undefined) return;
    words.push(word);
    assigns.push(isPlain);
    word = undefined;
    isPlain = true;
  };
  const add = (one: string): void => void (word = (word ?? "") + one);
  const line = text.trim();
  for (let at = 0; at < line.length; at++) {
    const one = line[at]!;
    if (quote === "'") {
      if (one === "'") quote = "";
      else add(one);
    } else if (one === "\\" && (quote === "" || /["\\$`\n]/.test(line[at + 1] ?? ""))) {
      const next = line[++at];
      if (next === undefined) return { ok: false, why: "its command ends in the middle, with a backslash" };
      // A line that goes on in the next one is one line.
      if (next !== "\n") {
        if (quote === "" && !(word ?? "").includes("=")) isPlain = false;
        add(next);
      }
    } else if (quote === '"') {
      if (one === '"') quote = "";
      else if (one === "$" || one === "`") return needsShell(NEEDS_SHELL[one]!);
      else add(one);
    } else if (one === '"' || one === "'") {
      quote = one;
      if (!(word ?? "").includes("=")) isPlain = false;
      add("");
    } else if (one === " " || one === "\t" || one === "\r") {
      end();
    } else if (word === undefined && one === "#") {
      return needsShell("a remark (#)");
    } else if (one === "~" && (word === undefined || word.endsWith("=") || word.endsWith(":"))) {
      return needsShell("a home directory (~)");
    } else if (Object.hasOwn(NEEDS_SHELL, one)) {
      return needsShell(NEEDS_SHELL[one]!);
    } else add(one);
  }
  if (quote !== "") return { ok: false, why: "its command has a quote that is not closed" };
  end();
  const environment = new Map<string, string>();
  let first = 0;
  for (; first < words.length && assigns[first]; first++) {
    const [, name, value] = VARIABLE.exec(words[first]!) ?? [];
    if (name === undefined || value === undefined) break;
    environment.set(name, value);
  }
  // `exec` only saves the shell that there is none of.
  if (words[first] === "exec") first++;
  const command = words.slice(first);
  if (command.length === 0) return { ok: false, why: "it has no command" };
  return { ok: true, environment: Object.fromEntries(environment), command };
}

/** A command line with its program by an absolute path, or why it cannot be run without a shell. */
export function commandFrom(text: string, directory: string | undefined): SplitCommand {
  const split = splitCommand(text);
  if (!split.ok) return split;
  const located = locateProgram(split.command, directory);
  return located.ok ? { ...split, command: located.command } : located;
}

export type LocatedCommand =
  | { readonly ok: true; readonly command: readonly string[] }
  | { readonly ok: false; readonly why: string };

/** The same with the program by its absolute path: one beside the service (`./run.sh`) is found, one that is searched for is not. */
export function locateProgram(
  [program = "", ...rest]: readonly string[],
  directory: string | undefined,
): LocatedCommand {
  if (program.startsWith("/")) return { ok: true, command: [program, ...rest] };
  const beside = program.replace(/^\.\//, "");
  if (!program.includes("/") || program.split("/").includes(".."))
    return { ok: false, why: "its program is no absolute path, and there is no shell that would look for it" };
  if (directory === undefined) return { ok: false, why: "its program lies beside it, and it has no working directory" };
  return { ok: true, command: [`${directory.replace(/\/$/, "")}/${beside}`, ...rest] };
}

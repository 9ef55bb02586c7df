import { quoted } from "./foreign-text.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { splitWords } from "./words.ts";

/** A value and the line on which it stands. */
export interface SshOption {
  readonly value: string;
  readonly line: number;
}

/** What the file says of one host: of each keyword, in lower case, the first value that applies. */
export type SshOptions = ReadonlyMap<string, SshOption>;

interface Block {
  readonly patterns: readonly string[];
  readonly options: Map<string, SshOption>;
}

export interface SshConfigFile {
  /** Hosts that are named and not only matched, each with its line, in the order of the file. */
  readonly aliases: ReadonlyMap<string, number>;
  optionsOf(alias: string): SshOptions;
}

const PATTERNS_MAX = 200;
const PATTERN_CHARACTERS_MAX = 100;
const LINE_CHARACTERS_MAX = 4_096;
const isPattern = (word: string): boolean => /[*?!]/.test(word);

/** Reads a client's configuration as ssh_config(5) says: of each keyword the first value that applies to a host counts. */
export function parseSshConfig(text: string, plan: PlanBuilder): SshConfigFile {
  const aliases = new Map<string, number>();
  const blocks: Block[] = [{ patterns: ["*"], options: new Map() }];
  /** Undefined inside of a `Match`. */
  let block: Block | undefined = blocks[0];
  let patternCount = 0;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (/^\s*(?:#|$)/.test(raw)) continue;
    const { keyword, rest } = keywordAndRest(raw.slice(0, LINE_CHARACTERS_MAX));
    const words = splitWords(rest);
    const fault =
      keyword === ""
        ? "is not understood"
        : raw.length > LINE_CHARACTERS_MAX
          ? `has more than ${LINE_CHARACTERS_MAX} characters`
          : words === undefined && keyword !== "proxycommand"
            ? "has a quote that is not closed"
            : words?.length === 0 && keyword !== "match"
              ? "has no value"
              : undefined;
    if (fault !== undefined) {
      plan.problem(`line ${line}`, fault);
      // What follows belongs to hosts that are not known, and to none before.
      if (keyword === "host" || keyword === "match") block = undefined;
    } else if (keyword === "match") {
      plan.ignore(
        `line ${line}: Match ${quoted(rest)}`,
        "conditions are not evaluated; what stands under it does not count",
      );
      block = undefined;
    } else if (keyword === "include") {
      plan.ignore(`line ${line}: Include ${quoted(rest)}`, "other files are not read: import them too");
    } else if (keyword === "host") {
      const patterns = (words ?? []).filter((word) => {
        if (!isPattern(word)) {
          if (!aliases.has(word)) aliases.set(word, line);
          return true;
        }
        if (!word.startsWith("!"))
          plan.ignore(
            `line ${line}: Host ${quoted(word)}`,
            "a pattern is no server; what stands under it counts for those it matches",
          );
        if (word.length <= PATTERN_CHARACTERS_MAX && ++patternCount <= PATTERNS_MAX) return true;
        plan.problem(`line ${line}`, `the pattern ${quoted(word)} does not count: it is too long, or one too many`);
        return false;
      });
      blocks.push((block = { patterns, options: new Map() }));
    } else if (block !== undefined && !block.options.has(keyword)) {
      block.options.set(keyword, { value: words?.join(" ") ?? rest, line });
    }
  }
  return { aliases, optionsOf: optionsReader(blocks) };
}

function keywordAndRest(line: string): { readonly keyword: string; readonly rest: string } {
  const [, keyword = "", rest = ""] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line) ?? [];
  return { keyword: keyword.toLowerCase(), rest: rest.trimEnd() };
}

/** Finds what applies to a host without looking at blocks that name only others. */
function optionsReader(blocks: readonly Block[]): (alias: string) => SshOptions {
  const naming = new Map<string, number[]>();
  const matching: number[] = [];
  for (const [index, { patterns }] of blocks.entries()) {
    if (patterns.some(isPattern)) matching.push(index);
    else
      for (const name of new Set(patterns)) {
        const indexes = naming.get(name);
        if (indexes) indexes.push(index);
        else naming.set(name, [index]);
      }
  }
  return (alias) => {
    const options = new Map<string, SshOption>();
    for (const index of [...(naming.get(alias) ?? []), ...matching].sort((one, other) => one - other)) {
      const { patterns, options: own } = blocks[index]!;
      if (!matches(patterns, alias)) continue;
      for (const [keyword, option] of own) if (!options.has(keyword)) options.set(keyword, option);
    }
    return options;
  };
}

/** Whether one of the patterns fits, and none that is negated. */
const matches = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => !pattern.startsWith("!") && fits(pattern, name)) &&
  !patterns.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1), name));

/** `*` is any text and `?` one character; at most pattern × name steps. */
function fits(pattern: string, name: string): boolean {
  let [at, from, star, retry] = [0, 0, -1, 0];
  while (from < name.length) {
    if (pattern[at] === "*") [star, retry] = [at++, from];
    else if (pattern[at] === "?" || (at < pattern.length && pattern[at] === name[from]))
      [at, from] = [at + 1, from + 1];
    else if (star >= 0) [at, from] = [star + 1, ++retry];
    else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

import type { FileSystemUsage } from "@muster/host";

/** What can be asked, and what is answered: the text of a file, names of a directory, where a link leads, a file system's space. */
export interface Answers {
  readonly f: Buffer;
  readonly d: readonly string[];
  readonly l: string;
  readonly u: UsageAnswer;
}
export type QuestionKind = keyof Answers;

export interface UsageAnswer extends FileSystemUsage {
  /** f_type of statfs(2). */
  readonly type: number;
}

export type Reply<Kind extends QuestionKind = QuestionKind> =
  | { readonly is: "there"; readonly value: Answers[Kind] }
  | { readonly is: "missing" | "unreadable" };

export interface Question {
  readonly kind: QuestionKind;
  readonly path: string;
}

/** An answer that is not as the reader writes it: what comes after it cannot be trusted either. */
export class AnswerDamaged extends Error {}

/** What `stat -f` writes, in the order of `STAT_FORMAT`: type, block size, blocks, free, free for users, inodes, free ones. */
export const STAT_FORMAT = "%t %S %b %f %a %c %d";

/** Reads a line of `stat -f`; undefined when it is none. */
export function parseUsage(line: string): UsageAnswer | undefined {
  if (!/^[0-9a-f]+(?: [0-9]+){6}$/.test(line)) return undefined;
  const [type = "", ...numbers] = line.split(" ");
  const [blockBytes = 0, blocks = 0, free = 0, available = 0, inodes = 0, freeInodes = 0] = numbers.map(Number);
  return {
    type: Number.parseInt(type, 16),
    totalBytes: blocks * blockBytes,
    freeBytes: free * blockBytes,
    availableBytes: available * blockBytes,
    totalInodes: inodes,
    freeInodes,
  };
}

/**
 * Takes one whole answer apart. `boundary` is what stands between two files. Throws AnswerDamaged.
 * Where reading a file failed although it could be opened (its process ended meanwhile), an empty text is taken for that.
 */
export function parseAnswer(
  answer: Buffer,
  questions: readonly Question[],
  token: string,
  boundary: Buffer,
): readonly Reply[] {
  const rest = new Remainder(answer);
  const mark = Buffer.from(`${token}\n`);
  rest.expect(`${token} `);
  const letters = rest.until(Buffer.from("\n")).toString("latin1");
  if (letters.length !== questions.length) throw new AnswerDamaged("another number of answers than of questions");
  const isThere = (index: number): boolean => letters[index] === "+";

  const texts = questions.map(({ kind }, index) => (kind === "f" && isThere(index) ? rest.until(boundary) : undefined));
  const lists = questions.map(({ kind }, index) =>
    (kind === "d" || kind === "l") && isThere(index) ? rest.until(mark).toString("utf8") : undefined,
  );
  const [, lines = "", status = ""] = ENDING.exec(rest.after(token)) ?? [];
  if (status === "") throw new AnswerDamaged("no end");
  const usages = lines.split("\n").slice(0, -1).map(parseUsage);
  // A line is missing for what could not be asked, and nothing says which.
  const isComplete = usages.length === questions.filter(({ kind }, index) => kind === "u" && isThere(index)).length;

  return questions.map(({ kind, path }, index): Reply => {
    if (!isThere(index)) return { is: letters[index] === "!" ? "unreadable" : "missing" };
    const text = texts[index];
    const list = lists[index] ?? "";
    const usage = kind === "u" && isComplete ? usages.shift() : undefined;
    if (kind === "f" && text !== undefined && !(status === "1" && text.length === 0))
      return { is: "there", value: text };
    if (kind === "d") return { is: "there", value: namesOf(list, path) };
    // Without its newline it is no answer: the link was gone by then.
    if (kind === "l" && list.endsWith("\n")) return { is: "there", value: list.slice(0, -1) };
    if (usage !== undefined) return { is: "there", value: usage };
    return { is: "missing" };
  });
}

/** After the last list: lines of numbers, and the end, whose token was taken out. */
const ENDING = /^((?:[0-9a-f ]*\n)*) end ([01])\n$/;

function namesOf(list: string, path: string): readonly string[] {
  const names = list.split("\0").slice(0, -1);
  return names.map((name) => name.slice(path.length + 1)).sort();
}

class Remainder {
  #rest: Buffer;

  constructor(all: Buffer) {
    this.#rest = all;
  }

  expect(text: string): void {
    if (this.#rest.toString("latin1", 0, text.length) !== text) throw new AnswerDamaged(`no ${text}`);
    this.#rest = this.#rest.subarray(text.length);
  }

  until(mark: Buffer): Buffer {
    const at = this.#rest.indexOf(mark);
    if (at < 0) throw new AnswerDamaged("an end is missing");
    const found = this.#rest.subarray(0, at);
    this.#rest = this.#rest.subarray(at + mark.length);
    return found;
  }

  /** What is left, without the first token in it. */
  after(token: string): string {
    return this.#rest.toString("latin1").replace(token, "");
  }
}

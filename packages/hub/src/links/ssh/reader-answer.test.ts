import fc from "fast-check";
import { expect, test } from "vitest";
import { AnswerDamaged, parseAnswer, parseUsage } from "./reader-answer.ts";
import type { Question, Reply } from "./reader-answer.ts";

const TOKEN = "0123456789abcdef";
const BOUNDARY = Buffer.from(`LC_ALL=C\0TOKEN=${TOKEN}\0`);

/** As the reader writes it. */
function answer(
  letters: string,
  files: readonly Buffer[],
  lists: readonly string[],
  usages: readonly string[],
  status: 0 | 1 = 0,
): Buffer {
  return Buffer.concat([
    Buffer.from(`${TOKEN} ${letters}\n`),
    ...files.flatMap((file) => [file, BOUNDARY]),
    ...lists.map((list) => Buffer.from(`${list}${TOKEN}\n`)),
    Buffer.from([...usages, ""].join("\n")),
    Buffer.from(`${TOKEN} end ${status}\n`),
  ]);
}
const parse = (bytes: Buffer, questions: readonly Question[]): readonly Reply[] =>
  parseAnswer(bytes, questions, TOKEN, BOUNDARY);
const ask = (kind: Question["kind"], path: string): Question => ({ kind, path });

test("each question gets its own answer, whatever is between them", () => {
  const questions = [ask("f", "/a"), ask("u", "/"), ask("d", "/d"), ask("f", "/b"), ask("l", "/l"), ask("f", "/c")];
  const bytes = answer(
    "+++-++",
    [Buffer.from("one"), Buffer.from("")],
    ["/d/x\0/d/.y\0", "../to\n"],
    ["ef53 4096 9 5 4 7 3"],
  );
  expect(parse(bytes, questions)).toEqual([
    { is: "there", value: Buffer.from("one") },
    {
      is: "there",
      value: {
        ...{ type: 0xef53, totalBytes: 36_864, freeBytes: 20_480, availableBytes: 16_384 },
        ...{ totalInodes: 7, freeInodes: 3 },
      },
    },
    { is: "there", value: [".y", "x"] },
    { is: "missing" },
    { is: "there", value: "../to" },
    { is: "there", value: Buffer.from("") },
  ]);
  expect(parse(answer("!-", [], [], []), [ask("f", "/a"), ask("d", "/b")])).toEqual([
    { is: "unreadable" },
    { is: "missing" },
  ]);
});

test("[SS21] no content of a file can pass for the end of it, the next file, or the end of the answer", () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        `\n${TOKEN.slice(1)}\n`,
        "TOKEN=\0",
        `${TOKEN.slice(0, -1)} end 0\n`,
        "LC_ALL=C\0TOKEN=\0",
        " end 0\n",
        "\n\n",
      )
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 6 }), (files) => {
      const questions = files.map((_, index) => ask("f", `/${index}`));
      expect(parse(answer("+".repeat(files.length), files, [], []), questions)).toEqual(
        files.map((value) => ({ is: "there", value })),
      );
    }),
  );
});

test("where reading failed an empty text is no text, and a full one stays", () => {
  const questions = [ask("f", "/a"), ask("f", "/b")];
  expect(parse(answer("++", [Buffer.from(""), Buffer.from("x")], [], [], 1), questions)).toEqual([
    { is: "missing" },
    { is: "there", value: Buffer.from("x") },
  ]);
});

test("a file system that could not be asked leaves none of a question: nothing says which", () => {
  const questions = [ask("u", "/a"), ask("u", "/b")];
  expect(parse(answer("++", [], [], ["ef53 4096 9 5 4 7 3"]), questions)).toEqual([
    { is: "missing" },
    { is: "missing" },
  ]);
  expect(parse(answer("-+", [], [], ["ef53 4096 9 5 4 7 3"]), questions)).toMatchObject([
    { is: "missing" },
    { is: "there" },
  ]);
  for (const line of ["", "ef53 4096 9 5 4 7", "ef53 4096 9 5 4 7 x", "-1 1 1 1 1 1 1", "1 1 1 1 1 1 1 1"])
    expect(parseUsage(line), line).toBeUndefined();
});

test("an answer that is not whole, has too much or is to something else is refused", () => {
  const questions = [ask("f", "/a")];
  const good = answer("+", [Buffer.from("x")], [], []);
  const cases = [
    answer("++", [Buffer.from("x")], [], []),
    answer("+", [], [], []),
    answer("+", [Buffer.from("x"), Buffer.from("y")], [], []),
    Buffer.concat([good, Buffer.from("more")]),
    good.subarray(1),
    good.subarray(0, -1),
    Buffer.from("noise"),
  ];
  for (const bytes of cases) expect(() => parse(bytes, questions), bytes.toString()).toThrow(AnswerDamaged);
});

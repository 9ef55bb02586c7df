import fc from "fast-check";
import { expect, test } from "vitest";
import { DNS_TYPES } from "./dns-answers.ts";
import { decodeDnsAnswer, encodeDnsQuery } from "./dns-message.ts";

const ID = 7;
const QUESTION = { name: "a.example", type: "A" } as const;
const query = [...encodeDnsQuery(QUESTION, ID)!];
const words = (...numbers: number[]): number[] => numbers.flatMap((one) => [one >> 8, one & 255]);
/** A record of the question's own name. */
const record = (type: number, data: readonly number[], dnsClass = 1): number[] => [
  ...words(0xc00c, type, dnsClass, 0, 60, data.length),
  ...data,
];
const message = (flags: number, records: readonly number[][], counts = [1, records.length]): Uint8Array =>
  Uint8Array.from([...words(ID, flags, ...counts, 0, 0), ...query.slice(12), ...records.flat()]);
const decoded = (bytes: Uint8Array, question: Parameters<typeof decodeDnsAnswer>[1] = QUESTION) =>
  decodeDnsAnswer(bytes, question, ID);
const BAD = { ok: false, failure: "bad-answer" };

test("a question is its header, its name in labels, its type and class", () => {
  expect(query).toEqual([...words(ID, 0x0100, 1, 0, 0, 0), 1, 97, 7, ...Buffer.from("example"), 0, ...words(1, 1)]);
  expect(encodeDnsQuery({ name: "a.example.", type: "A" }, ID)).toEqual(Uint8Array.from(query));
  for (const name of ["", ".", "a..b", "x".repeat(64), "é.example", "a b", `${"abc.".repeat(64)}a`])
    expect(encodeDnsQuery({ name, type: "A" }, ID), name).toBeUndefined();
});

test("records of the type that was asked for are the answers, also at the end of a chain of names", () => {
  const alias = record(5, [1, 98, 0xc0, 14]);
  expect(decoded(message(0x8180, [alias, record(1, [192, 0, 2, 1]), record(1, [1, 2, 3, 4], 3)]))).toEqual({
    ok: true,
    answers: ["192.0.2.1"],
  });
  expect(decoded(message(0x8180, [alias]))).toEqual({ ok: false, failure: "no-record" });
  const cname = [...encodeDnsQuery({ name: "a.example", type: "CNAME" }, ID)!];
  const asked = Uint8Array.from([...words(ID, 0x8180, 1, 1, 0, 0), ...cname.slice(12), ...alias]);
  expect(decoded(asked, { name: "A.Example", type: "CNAME" })).toEqual({ ok: true, answers: ["b.example"] });
});

test.each([
  ["::", "0000000000000000"],
  ["::1", "0000000000000001"],
  ["2001:db8::1:0:0:1", "2001:db8:0:0:1:0:0:1"],
  ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"],
  ["fe80::", "fe80:0:0:0:0:0:0:0"],
])("an address of IPv6 is written short: %s", (text, groups) => {
  const numbers = (groups.includes(":") ? groups.split(":") : groups.slice(8).split("")).map((one) =>
    parseInt(one, 16),
  );
  const aaaa = [...encodeDnsQuery({ name: "a.example", type: "AAAA" }, ID)!].slice(12);
  const bytes = Uint8Array.from([...words(ID, 0x8180, 1, 1, 0, 0), ...aaaa, ...record(28, words(...numbers))]);
  expect(decoded(bytes, { name: "a.example", type: "AAAA" })).toEqual({ ok: true, answers: [text] });
});

test.each([
  [1, "not-understood"],
  [2, "server-failed"],
  [3, "no-name"],
  [4, "not-understood"],
  [5, "query-refused"],
  [9, "failed"],
])("the code %i is %s, also without the question", (code, failure) => {
  expect(decoded(message(0x8180 | code, []))).toEqual({ ok: false, failure });
  expect(decoded(Uint8Array.from(words(ID, 0x8180 | code, 0, 0, 0, 0)))).toEqual({ ok: false, failure });
});

test("what is no answer to this question is none", () => {
  const good = record(1, [192, 0, 2, 1]);
  for (const bytes of [
    message(0x0100, [good]),
    message(0x8380, [good]),
    message(0x8180, [good], [0, 1]),
    message(0x8180, [good], [2, 1]),
    message(0x8180, [good], [1, 2]),
    message(0x8180, [record(1, [1, 2, 3])]),
    Uint8Array.from([0, 8, ...message(0x8180, [good]).slice(2)]),
    new Uint8Array(0),
  ])
    expect(decoded(bytes)).toEqual(BAD);
  expect(decoded(message(0x8180, [good]), { name: "b.example", type: "A" })).toEqual(BAD);
  expect(decoded(message(0x8180, [good]), { name: "a.example", type: "AAAA" })).toEqual(BAD);
});

test("names that lead in circles, forward, on and on, or are too long end at once", () => {
  const at = 12 + query.slice(12).length;
  const cname = { name: "a.example", type: "CNAME" } as const;
  const asked = [...encodeDnsQuery(cname, ID)!].slice(12);
  const answer = (data: readonly number[]) =>
    decoded(Uint8Array.from([...words(ID, 0x8180, 1, 1, 0, 0), ...asked, ...record(5, data)]), cname);
  expect(answer(words(0xc000 + at + 12))).toEqual(BAD);
  expect(answer(words(0xffff))).toEqual(BAD);
  /** An alias for a name that leads on as often before it comes to the question's. */
  const afterJumps = (count: number) => {
    const dataAt = (index: number): number => at + 14 * index + 12;
    const links = Array.from({ length: count }, (_, index) =>
      record(index === count - 1 ? 5 : 16, words(0xc000 + (index === 0 ? 12 : dataAt(index - 1)))),
    );
    return decoded(Uint8Array.from([...words(ID, 0x8180, 1, count, 0, 0), ...asked, ...links.flat()]), cname);
  };
  expect(afterJumps(32)).toEqual({ ok: true, answers: ["a.example"] });
  expect(afterJumps(33)).toEqual(BAD);
  expect(answer([...Array.from({ length: 5 }, () => [63, ...Array<number>(63).fill(97)]).flat(), 0])).toEqual(BAD);
  expect(answer([3, 0x2e, 0x5c, 0x07, 0])).toEqual({ ok: true, answers: ["\\.\\\\\\007"] });
});

test("whatever comes, it is an answer or none, and nothing is thrown", () => {
  const mangled = fc.tuple(
    fc.constantFrom(...DNS_TYPES),
    fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 8 }),
    fc.uint8Array({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(mangled, ([type, changes, data]) => {
      const question = { name: "a.example", type };
      const asked = [...encodeDnsQuery(question, ID)!].slice(12);
      const number = asked.at(-4)! * 256 + asked.at(-3)!;
      const bytes = Uint8Array.from([...words(ID, 0x8180, 1, 1, 0, 0), ...asked, ...record(number, [...data])]);
      for (const [place, value] of changes) if (place < bytes.length) bytes[place] = value;
      const answer = decodeDnsAnswer(bytes, question, ID);
      expect(typeof answer.ok).toBe("boolean");
    }),
    { numRuns: 2_000 },
  );
});

import { systemClock } from "@muster/node-kit";
import { expect, test } from "vitest";
import { plainValue, respCommand, RespError, RespProblem, RespReader } from "./resp.ts";
import type { RespValue } from "./resp.ts";

const ALL =
  "+OK\r\n:42\r\n:-1\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\na\r\n+b\r\n$2\r\n\r\n\r\n-ERR x y\r\n";
const VALUES = ["OK", 42, -1, "hello", "", null, null, [], [1, ["a", "b"], "\r\n"], new RespError("ERR x y")];

const read = (pieces: Iterable<Buffer>): readonly unknown[] => {
  const reader = new RespReader();
  const values: RespValue[] = [];
  for (const piece of pieces) values.push(...reader.take(piece));
  return values.map(plainValue);
};

test("answers are read however they are cut", () => {
  const bytes = Buffer.from(ALL);
  expect(read([bytes])).toEqual(VALUES);
  for (const size of [1, 2, 3, 7])
    expect(
      read(Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))),
    ).toEqual(VALUES);
});

test("a text may be any bytes", () => {
  const [value] = new RespReader().take(Buffer.from("$2\r\n\xff\x00\r\n", "latin1"));
  expect(value).toEqual(Buffer.from([0xff, 0]));
  expect(respCommand(["UNLINK", Buffer.from([0xff])])).toEqual(
    Buffer.from("*2\r\n$6\r\nUNLINK\r\n$1\r\n\xff\r\n", "latin1"),
  );
});

test("a text of a mebibyte in single bytes is read in a moment", () => {
  const reader = new RespReader();
  reader.take(Buffer.from("$1000000\r\n"));
  const startedMs = systemClock.monotonic();
  const one = Buffer.from("x");
  for (let count = 0; count < 1_000_000; count++) reader.take(one);
  expect(reader.take(Buffer.from("\r\n"))[0]).toHaveLength(1_000_000);
  expect(systemClock.monotonic() - startedMs).toBeLessThan(3_000);
});

test.each([
  "*50001\r\n",
  "*1\r\n".repeat(9),
  `*2\r\n${`*30000\r\n${":1\r\n".repeat(30_000)}`.repeat(2)}`,
  "$1048577\r\n",
  `+${"x".repeat(70_000)}`,
])("what is too much is read no further (%#)", (text) => {
  expect(() => new RespReader().take(Buffer.from(text))).toThrow(new RespProblem("too-much"));
});

test.each(["HTTP/1.1 200 OK\r\n", "\r\n", "*x\r\n", "$\r\n", ":1.5\r\n", "%1\r\n"])("%j is not Redis", (text) => {
  expect(() => new RespReader().take(Buffer.from(text))).toThrow(new RespProblem("not-redis"));
});

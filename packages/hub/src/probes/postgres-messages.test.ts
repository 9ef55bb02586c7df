import { expect, test } from "vitest";
import { PostgresMessages } from "./postgres-messages.ts";

const message = (type: string, body: string): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, Buffer.from(body, "latin1")]);
};

test("lets whole messages through, however they are cut", () => {
  const whole = Buffer.concat([message("R", "\0\0\0\0"), message("E", "SFATAL\0C28P01\0\0"), message("Z", "I")]);
  const messages = new PostgresMessages();
  const got = [...whole].map((byte) => messages.take(Buffer.from([byte])));
  expect(Buffer.concat(got)).toEqual(whole);
});

test.for([
  ["E", ""],
  ["E", "S"],
  ["E", "SFATAL"],
  ["N", "SFATAL\0"],
] as const)("refuses %s with %j, which has no end", ([type, body]) => {
  expect(() => new PostgresMessages().take(message(type, body))).toThrow();
});

test("refuses what is no message, and one that is too long, before it has come", () => {
  expect(() => new PostgresMessages().take(Buffer.from("HTTP/1.1 200 OK"))).toThrow();
  expect(() => new PostgresMessages().take(Buffer.from([0x52, 0xff, 0xff, 0xff, 0xff]))).toThrow();
  expect(() => new PostgresMessages().take(Buffer.from([0x52, 0, 0, 0, 3]))).toThrow();
});

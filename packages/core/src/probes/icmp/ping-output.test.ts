import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ProbeVerdict } from "../probe-verdict.ts";
import { judgePing } from "./judge-ping.ts";
import { parsePing, pingedAddress, pingProblem } from "./ping-output.ts";

const path = (name: string): URL => new URL(`../../../../../fixtures/ping/${name}`, import.meta.url);
const recorded = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : "");
const NONE = { leastMs: null, averageMs: null, mostMs: null, deviationMs: null };

test.each([
  ["iputils-all", { sent: 3, received: 3, errors: 0, averageMs: expect.any(Number), deviationMs: expect.any(Number) }],
  ["busybox-all", { sent: 3, received: 3, errors: 0, averageMs: expect.any(Number), deviationMs: null }],
  [
    "iputils-some",
    { sent: 3, received: 2, errors: 0, leastMs: 0.038, averageMs: 0.038, mostMs: 0.039, deviationMs: 0 },
  ],
  [
    "busybox-some",
    { sent: 3, received: 2, errors: 0, leastMs: 0.05, averageMs: 0.055, mostMs: 0.06, deviationMs: null },
  ],
  ["iputils-none", { sent: 3, received: 0, errors: 0, ...NONE }],
  ["busybox-none", { sent: 3, received: 0, errors: 0, ...NONE }],
  ["iputils-errors", { sent: 3, received: 0, errors: 3, ...NONE }],
])("what a real ping said is read: %s", (name, count) => {
  expect(parsePing(recorded(`${name}.txt`))).toMatchObject(count);
});

test.each([
  ["iputils-unreachable", "unreachable"],
  ["busybox-unreachable", "unreachable"],
  ["iputils-no-name", "no-address"],
  ["busybox-no-name", "no-address"],
  ["iputils-not-permitted", "not-permitted"],
  ["busybox-not-permitted", "not-permitted"],
])("what kept a real ping from looking is told apart: %s", (name, problem) => {
  expect(parsePing(recorded(`${name}.txt`))).toBeUndefined();
  expect(pingProblem(recorded(`${name}.err`))).toBe(problem);
});

test("the address that was pinged is read where it is told", () => {
  expect(pingedAddress(recorded("iputils-all.txt"))).toBe("127.0.0.1");
  expect(pingedAddress(recorded("busybox-all.txt"))).toBe("127.0.0.1");
  expect(pingedAddress("PING ::1(::1) 56 data bytes\n")).toBe("::1");
  for (const text of ["", "PING a (b)", "x PING a (1.2.3.4)"]) expect(pingedAddress(text)).toBeUndefined();
});

test("one that comes twice counts once, and what is no count is none", () => {
  expect(parsePing("3 packets transmitted, 3 received, +3 duplicates, 0% packet loss, time 1ms\n")).toMatchObject({
    sent: 3,
    received: 3,
  });
  expect(parsePing("3 packets transmitted, 6 packets received, 0% packet loss\n")).toMatchObject({ received: 3 });
  for (const text of ["", "0 packets transmitted, 0 received", "-1 packets transmitted, 1 received", "\0".repeat(99)])
    expect(parsePing(text)).toBeUndefined();
  expect(parsePing("1 packets transmitted, 1 received\nrtt min/avg/max/mdev = 1.1.1/./9/1 ms")).toMatchObject({
    ...NONE,
    mostMs: 9,
    deviationMs: 1,
  });
  expect(pingProblem("whatever")).toBe("failed");
});

test("however much there is, only its end is read", () => {
  const long = "1 packets transmitted, ".repeat(2_000_000);
  expect(parsePing(long)).toBeUndefined();
  expect(parsePing(`${long}\n3 packets transmitted, 1 received, 66% packet loss\n`)).toMatchObject({ received: 1 });
});

test("loss and time are judged by what was asked for", () => {
  const judged = (count: Partial<NonNullable<ReturnType<typeof parsePing>>>, lossMax = 0, slowMs = 0) => {
    const verdict = new ProbeVerdict();
    judgePing(verdict, { sent: 4, received: 4, errors: 0, ...NONE, averageMs: 20, ...count }, { lossMax, slowMs });
    const { health, detail } = verdict.result(20, "fine");
    return [health, detail];
  };
  expect(judged({})).toEqual(["healthy", "fine"]);
  expect(judged({ received: 3 })).toEqual(["degraded", "1 of 4 pings did not come back"]);
  expect(judged({ received: 3 }, 0.25)).toEqual(["healthy", "fine"]);
  expect(judged({}, 0, 10)).toEqual(["degraded", "20 ms instead of at most 10 ms"]);
  expect(judged({ received: 0, averageMs: null }, 1)).toEqual(["unhealthy", "no ping came back"]);
  expect(judged({ received: 0, errors: 4, averageMs: null })).toEqual([
    "unhealthy",
    "a machine on the way says that it goes no further",
  ]);
});

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "@muster/node-kit";
import { WayDown } from "../src/probes/ways.ts";
import { listen, look, sayEndlessly, wayHere, wayThere } from "./probe-fixture.ts";

/** A name server of a handful of records, over UDP and TCP on one port of loopback. */
const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;
type Type = keyof typeof TYPES;

const name = (text: string): Buffer =>
  Buffer.concat([
    ...text.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
const words = (...numbers: number[]): Buffer => Buffer.from(numbers.flatMap((one) => [one >> 8, one & 255]));
const longs = (...numbers: number[]): Buffer => words(...numbers.flatMap((one) => [one >>> 16, one & 65_535]));
const text = (value: string): Buffer => Buffer.from(`${String.fromCharCode(value.length)}${value}`, "latin1");
const LONG = Array.from({ length: 12 }, (_, index) => text(`${index}`.padEnd(200, "x")));

const SITE: Partial<Record<Type, readonly Buffer[]>> = {
  A: [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
  AAAA: [Buffer.from("20010db8000000000000000000000001", "hex")],
  MX: [Buffer.concat([words(10), name("mail.site.example")])],
  NS: [name("ns.site.example")],
  TXT: [Buffer.concat([text("v=spf1 "), text("-all")])],
  CAA: [Buffer.concat([Buffer.from([0, 5]), Buffer.from("issueca.example")])],
  SOA: [Buffer.concat([name("ns.site.example"), name("host.site.example"), longs(7, 3_600, 600, 86_400, 60)])],
};
const ZONE: Readonly<Record<string, Partial<Record<Type, readonly Buffer[]>>>> = {
  "site.example": SITE,
  "slow.example": SITE,
  "www.site.example": { CNAME: [name("site.example")] },
  "_sip._tcp.site.example": { SRV: [Buffer.concat([words(1, 2, 5_060), name("sip.site.example")])] },
  "1.2.0.192.in-addr.arpa": { PTR: [name("site.example")] },
  "long.example": { TXT: LONG },
  "hostile.example": { TXT: [text("\u001b[31m\u0000bad\u00ff\u00e2\u0080\u00ae")] },
};
const CODES: Readonly<Record<string, number>> = { "failing.example": 2, "refused.example": 5, "formerr.example": 1 };

const asked: { readonly by: "udp" | "tcp"; readonly name: string }[] = [];

/** Undefined: never. */
function answerTo(query: Buffer, by: "udp" | "tcp"): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at]! + 1)
    labels.push(query.subarray(at + 1, at + 1 + query[at]!).toString("latin1"));
  const question = query.subarray(12, at + 5);
  const wanted = labels.join(".").toLowerCase();
  const type = query.readUInt16BE(at + 1);
  asked.push({ by, name: wanted });
  if (wanted === "silent.example") return undefined;
  if (wanted === "garbage.example") return Buffer.concat([query.subarray(0, 2), Buffer.alloc(400, 0xff)]);
  const records = ZONE[wanted];
  const found = Object.entries(TYPES).flatMap(([key, number]) =>
    number === type ? (records?.[key as Type] ?? []) : [],
  );
  const code = CODES[wanted] ?? (records === undefined ? 3 : 0);
  const isLong = by === "udp" && wanted === "long.example";
  const sent = isLong || code !== 0 ? [] : found;
  const header = Buffer.concat([
    query.subarray(0, 2),
    words(0x8180 | (isLong ? 0x0200 : 0) | code, 1, sent.length, 0, 0),
  ]);
  return Buffer.concat([
    header,
    question,
    ...sent.map((data) => Buffer.concat([words(0xc00c, type, 1), longs(60), words(data.length), data])),
  ]);
}

const udp = createSocket("udp4");
const tcp = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.once("data", (data: Buffer) => {
    const answer = answerTo(data.subarray(2), "tcp");
    if (answer !== undefined) socket.end(Buffer.concat([words(answer.length), answer]));
  });
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  port = (tcp.address() as AddressInfo).port;
  udp.on("message", (query, { port: to }) => {
    const answer = answerTo(query, "udp");
    const delayMs = query.includes("slow") ? 200 : 0;
    if (answer !== undefined) systemClock.after(delayMs, () => udp.send(answer, to, "127.0.0.1"));
  });
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise<void>((resolve) => udp.close(resolve));
  await new Promise((resolve) => tcp.close(resolve));
});

const ask = (type: string, of: string, more: object = {}, timeoutMs = 5_000, way = wayHere()) =>
  look("dns", { name: of, type, server: "127.0.0.1", port, ...more }, { timeoutMs, way });

test.each([
  ["A", "site.example", ["192.0.2.1", "192.0.2.2"], "192.0.2.2"],
  ["AAAA", "site.example", ["2001:db8::1"], "2001:db8:0::1"],
  ["CNAME", "www.site.example", ["site.example"], "site.example."],
  ["MX", "site.example", ["10 mail.site.example"], "mail.site.example"],
  ["NS", "site.example", ["ns.site.example"], "NS.site.example"],
  ["TXT", "site.example", ["v=spf1 -all"], "v=spf1 -all"],
  ["SRV", "_sip._tcp.site.example", ["1 2 5060 sip.site.example"], "sip.site.example"],
  ["CAA", "site.example", ["0 issue ca.example"], "ca.example"],
  ["SOA", "site.example", ["ns.site.example host.site.example 7 3600 600 86400 60"], "ns.site.example"],
  ["PTR", "192.0.2.1", ["site.example"], "site.example"],
])(
  "%s of %s is asked of exactly that server and told, from the hub and from a server",
  async (type, of, answers, expected) => {
    asked.length = 0;
    const result = await ask(type, of, { expected });
    const there = await ask(type, of, { expected }, 5_000, wayThere());
    expect(asked.map(({ by }) => by)).toEqual(["udp", "tcp"]);
    for (const { health, tookMs, report } of [result, there]) {
      expect([health, tookMs]).toEqual(["healthy", expect.any(Number)]);
      expect(report.tables).toEqual([
        { key: "answers", columns: [{ key: "value" }], rows: answers.map((answer) => [answer]) },
      ]);
    }
    expect(await ask(type, of, { expected: "else" })).toMatchObject({
      health: "unhealthy",
      detail: expect.stringMatching(/^else is not among the answers: /),
    });
  },
);

test("an answer that is too long for a datagram is asked for by TCP", async () => {
  const result = await ask("TXT", "long.example");
  expect(result.report.tables[0]?.rows).toHaveLength(12);
  expect(asked.filter(({ name: of }) => of === "long.example").map(({ by }) => by)).toEqual(["udp", "tcp"]);
});

test.each([
  ["A", "nowhere.example", "the name does not exist (NXDOMAIN)"],
  ["A", "www.site.example", "the name has no record of this type"],
  ["A", "failing.example", "the name server failed to find out (SERVFAIL)"],
  ["A", "refused.example", "the name server refuses to answer this (REFUSED)"],
  ["A", "formerr.example", "the name server does not know such a query (FORMERR or NOTIMP)"],
  ["A", "a".repeat(70), "the name is not valid"],
])("%s of %s: %s", async (type, of, detail) => {
  expect(await ask(type, of)).toMatchObject({ health: "unhealthy", detail });
  expect(await ask(type, of, {}, 5_000, wayThere())).toMatchObject({ health: "unhealthy", detail });
});

test("[PB9] what goes wrong on a server is told apart: silence, nobody there, garbage, and what ends at once", async () => {
  const there = (of: string, more: object = {}, timeoutMs = 5_000) => ask("A", of, more, timeoutMs, wayThere());
  expect(await there("silent.example", {}, 400)).toMatchObject({ detail: "no answer in time", tookMs: null });
  expect(await there("garbage.example")).toMatchObject({ detail: "what came back is no answer to the query" });
  await using ending = await listen((socket) => socket.end());
  expect(await there("site.example", { port: ending.port })).toMatchObject({
    health: "unhealthy",
    detail: "the connection was ended without an answer",
  });
  await using endless = await listen((socket) => sayEndlessly(socket, "\u00ff"));
  expect(await there("site.example", { port: endless.port })).toMatchObject({ health: "unhealthy" });
  for (const server of ["169.254.169.254", "168.63.129.16"])
    await expect(there("site.example", { server, port: 53 })).rejects.toThrow(
      new WayDown("the address is not open for this purpose"),
    );
});

test("silence, nobody there, and an address that is not open are told apart", async () => {
  expect(await ask("A", "silent.example", {}, 400)).toMatchObject({ detail: "no answer in time", tookMs: null });
  const closed = createSocket("udp4");
  await new Promise<void>((resolve) => closed.bind(0, "127.0.0.1", resolve));
  const free = closed.address().port;
  await new Promise<void>((resolve) => closed.close(resolve));
  expect(await ask("A", "site.example", { port: free })).toMatchObject({ detail: "nothing listens there" });
  for (const server of ["169.254.169.254", "168.63.129.16"])
    await expect(ask("A", "site.example", { server, port: 53 })).rejects.toThrow(
      new WayDown("the address is not open for this purpose"),
    );
});

test("garbage and hostile texts do no harm", async () => {
  expect(await ask("A", "garbage.example", {}, 1_000)).toMatchObject({ health: "unhealthy" });
  const { detail, health } = await ask("TXT", "hostile.example");
  expect(health).toBe("healthy");
  expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test("a slow one is degraded", async () => {
  expect(await ask("A", "slow.example", { slowMs: 100 })).toMatchObject({
    health: "degraded",
    detail: expect.stringMatching(/^\d+ ms instead of at most 100 ms$/),
  });
});

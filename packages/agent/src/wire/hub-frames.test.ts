import type { CommandCore, CommandDelivery, HubFrame } from "@muster/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  parseCommandCore,
  parseCommandDelivery,
  parseHelloBody,
  parseHubCertificate,
  parseHubFrame,
  parseReadyBody,
  parseWelcomeBody,
} from "./hub-frames.ts";

const text = fc.string({ maxLength: 40 });
const whole = fc.nat();
const ranges = fc.array(fc.tuple(whole, whole), { maxLength: 5 });
const signed = <T extends string>(t: T) => fc.record({ t: fc.constant(t), body: text, sig: text });

/** Frames as an honest hub may send them, each kind. */
const frames: { readonly [T in HubFrame["t"]]: fc.Arbitrary<Extract<HubFrame, { t: T }>> } = {
  hello: signed("hello"),
  welcome: signed("welcome"),
  ready: signed("ready"),
  ack: fc.record({ t: fc.constant("ack"), seqs: ranges, now: whole }),
  hold: fc.record({ t: fc.constant("hold"), forMs: whole }),
  call: fc.record({
    t: fc.constant("call"),
    id: whole,
    name: fc.constantFrom("focus", "processes.list", "interval"),
    params: fc.record({ forMs: whole }),
  }),
  cmd: fc.record({ t: fc.constant("cmd"), c: text, d: text, sig: text }),
  checkpoint: fc.record({ t: fc.constant("checkpoint"), epoch: whole, seq: whole, hash: text, time: whole, sig: text }),
  "result-ack": fc.record({ t: fc.constant("result-ack"), cmd: text }),
  refused: fc.record({ t: fc.constant("refused"), code: text, message: text }),
  unsupported: fc.record({ t: fc.constant("unsupported"), what: text }),
  open: fc.record({
    t: fc.constant("open"),
    id: whole,
    name: fc.constant("logs.read"),
    params: fc.record({ name: text }),
    credit: whole,
  }),
  credit: fc.record({ t: fc.constant("credit"), id: whole, items: whole }),
  data: fc.record({ t: fc.constant("data"), id: whole, data: fc.base64String() }),
  close: fc.record({ t: fc.constant("close"), id: whole }),
};
const anyFrame = fc.oneof(...Object.values(frames)) as fc.Arbitrary<HubFrame>;

test("every frame that a hub may send is understood, with unknown fields beside it", () => {
  fc.assert(
    fc.property(anyFrame, fc.dictionary(fc.constantFrom("later", "more"), fc.jsonValue()), (frame, more) => {
      expect(parseHubFrame(JSON.stringify({ ...frame, ...more }))).toMatchObject(JSON.parse(JSON.stringify(frame)));
    }),
  );
});

test("a frame with one field missing or of another type is none", () => {
  fc.assert(
    fc.property(anyFrame, fc.nat(), fc.constantFrom(undefined, null, {}, [], true, -1, 1.5), (frame, pick, wrong) => {
      const names = Object.keys(frame).filter((name) => name !== "t" && name !== "params");
      const name = names[pick % names.length]!;
      const broken = { ...frame, [name]: Array.isArray(wrong) ? [[1]] : wrong };
      expect(parseHubFrame(JSON.stringify(broken))).toBeUndefined();
    }),
  );
});

test("[AG-18] whatever arrives, nothing throws and nothing of Object's own is taken for a kind", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `{"t":"ack","seqs":${json}}`),
      ),
      (message) => {
        parseHubFrame(message);
        for (const parse of [parseHelloBody, parseHubCertificate, parseReadyBody, parseWelcomeBody]) parse(message);
        parseCommandCore(message);
        parseCommandDelivery(message);
      },
    ),
  );
  for (const t of ["__proto__", "constructor", "toString", "hasOwnProperty"])
    expect(parseHubFrame(JSON.stringify({ t }))).toEqual({ t: "unknown", what: t });
  expect(parseHubFrame(`{"t":"call","id":1,"name":${"[".repeat(10_000)}${"]".repeat(10_000)}}`)).toBeUndefined();
});

const core: CommandCore = {
  v: 1,
  cmd: "0190-ab",
  agent: "a",
  action: "agent.ping",
  args: { name: "x", days: 3 },
  actor: { id: "u", name: "anna", role: "admin", door: "http" },
  reason: "",
  notAfter: 5,
};
const delivery: CommandDelivery = { session: "s", epoch: 1, seq: 2, iat: 3, exp: 4, audit: { seq: 1, hash: "00" } };

test("parts of a command are understood whole or not at all", () => {
  expect(parseCommandCore(JSON.stringify(core))).toEqual(core);
  expect(parseCommandDelivery(JSON.stringify(delivery))).toEqual(delivery);
  const wrongArgs = [{ a: {} }, { a: [] }, { a: null }, { a: 1.5 }, { a: true }, [], "x"];
  for (const args of wrongArgs) expect(parseCommandCore(JSON.stringify({ ...core, args }))).toBeUndefined();
  for (const name of Object.keys(core))
    expect(parseCommandCore(JSON.stringify({ ...core, [name]: undefined })), name).toBeUndefined();
  for (const name of Object.keys(delivery))
    expect(parseCommandDelivery(JSON.stringify({ ...delivery, [name]: undefined })), name).toBeUndefined();
});

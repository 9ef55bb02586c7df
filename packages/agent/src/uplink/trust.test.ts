import { DAY_MS } from "@muster/core";
import { fromBase64url, generateKeys, sha256, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import { CONTEXTS, contextBytes } from "@muster/protocol";
import type { Context, Field } from "@muster/protocol";
import { expect, test } from "vitest";
import { verifyHello } from "./trust.ts";

const NOW = Date.UTC(2027, 0, 1);
const times = { wallAt: NOW, floorAt: NOW - 30 * DAY_MS };
const agentNonce = Buffer.alloc(32, 7);

interface Forgery {
  readonly certifiedBy?: "root" | "other";
  readonly signedBy?: "hub" | "other";
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly nonce?: Uint8Array;
  readonly hubNonceBytes?: number;
  readonly isRevoked?: boolean;
  readonly version?: number;
}

function makeHello(forgery: Forgery = {}) {
  const [root, hub, other] = [generateKeys(), generateKeys(), generateKeys()];
  const { notBefore = NOW - DAY_MS, notAfter = NOW + 90 * DAY_MS } = forgery;
  const certifier = forgery.certifiedBy === "other" ? other : root;
  const certSig = sign(certifier.privateKey, contextBytes("hubcert", [hub.publicDer, "hub-1", notBefore, notAfter]));
  const hubCert = JSON.stringify({
    rootPub: toBase64url(root.publicDer),
    hubPub: toBase64url(hub.publicDer),
    hubId: "hub-1",
    notBefore,
    notAfter,
    sig: toBase64url(certSig),
  });
  const hubNonce = Buffer.alloc(forgery.hubNonceBytes ?? 32, 9);
  const body = JSON.stringify({
    version: forgery.version ?? 1,
    hubCert,
    hubNonce: toBase64url(hubNonce),
    tlsPins: [],
    minAgent: "0",
    revokedHubs: forgery.isRevoked ? [sha256Hex(hub.publicDer)] : [],
  });
  const signer = forgery.signedBy === "other" ? other : hub;
  const nonce = forgery.nonce ?? agentNonce;
  const sig = toBase64url(
    sign(signer.privateKey, contextBytes("hello", [nonce, hubNonce, sha256(hubCert), sha256(body)])),
  );
  const frame = { t: "hello", body, sig } as const;
  return { frame, pin: { rootSha256: sha256Hex(root.publicDer) } };
}

const whyOf = (forgery: Forgery, when = times): string => {
  const { frame, pin } = makeHello(forgery);
  const verdict = verifyHello(frame, agentNonce, pin, when);
  return verdict.ok ? "trusted" : verdict.why;
};

test("an honest greeting is trusted by the whole pin and by its first half", () => {
  const { frame, pin } = makeHello();
  expect(verifyHello(frame, agentNonce, pin, times).ok).toBe(true);
  expect(verifyHello(frame, agentNonce, { rootSha256: pin.rootSha256.slice(0, 32) }, times).ok).toBe(true);
});

test.each([
  ["a certificate by another root", { certifiedBy: "other" }, "not signed by the fleet root"],
  ["a signature by another key", { signedBy: "other" }, "did not sign"],
  ["an answer to another nonce, that is a replay", { nonce: Buffer.alloc(32, 8) }, "did not sign"],
  ["a short nonce of its own", { hubNonceBytes: 16 }, "wrong length"],
  ["a revoked key", { isRevoked: true }, "revoked"],
  ["another version", { version: 2 }, "version 2"],
  ["an expired certificate", { notAfter: NOW - DAY_MS - 1 }, "expired"],
  ["a certificate of the future", { notBefore: NOW + DAY_MS + 1 }, "not valid yet"],
] satisfies [string, Forgery, string][])("[AG-08] a hub with %s is not trusted", (_, forgery, why) => {
  expect(whyOf(forgery)).toContain(why);
});

test.each(["", "00", "0".repeat(64), "0".repeat(32)])("[AG-08] the pin %o trusts nobody", (rootSha256) => {
  expect(verifyHello(makeHello().frame, agentNonce, { rootSha256 }, times).ok).toBe(false);
});

test("[AG-08] each flipped bit of the greeting is found", () => {
  const { frame, pin } = makeHello();
  const signature = Buffer.from(fromBase64url(frame.sig));
  for (let bit = 0; bit < 512; bit += 7) {
    const flipped = Buffer.from(signature);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(verifyHello({ ...frame, sig: toBase64url(flipped) }, agentNonce, pin, times).ok).toBe(false);
  }
  for (let at = 0; at < frame.body.length; at += 13) {
    const body = `${frame.body.slice(0, at)}${frame.body[at] === "A" ? "B" : "A"}${frame.body.slice(at + 1)}`;
    expect(verifyHello({ ...frame, body }, agentNonce, pin, times).ok).toBe(false);
  }
});

test("a clock behind the floor skips the test of notBefore and says so; one far ahead finds certificates expired", () => {
  const { frame, pin } = makeHello({ notBefore: NOW + 20 * DAY_MS });
  const behind = verifyHello(frame, agentNonce, pin, { wallAt: 0, floorAt: NOW - DAY_MS });
  expect(behind.ok && behind.isClockBehind).toBe(true);
  expect(whyOf({}, { wallAt: NOW + 200 * DAY_MS, floorAt: NOW })).toContain("expired");
});

test("[AG-10] a signature made in one context is refused in every other, over the whole table", () => {
  const keys = generateKeys();
  const contexts = Object.keys(CONTEXTS) as Context[];
  // The same fields as far as their number allows: only prefix and count tell the contexts apart.
  const fieldsOf = (context: Context): Field[] =>
    Array.from({ length: CONTEXTS[context].fields }, (_, index) => `field ${index}`);
  const hashes = new Set(contexts.map((context) => sha256Hex(contextBytes(context, fieldsOf(context)))));
  expect(hashes.size).toBe(contexts.length);
  for (const made of contexts) {
    const signature = sign(keys.privateKey, contextBytes(made, fieldsOf(made)));
    for (const used of contexts) {
      const bytes = contextBytes(used, fieldsOf(used));
      expect(verify(keys.publicDer, bytes, signature), `${made} in ${used}`).toBe(made === used);
    }
  }
});

test("[AG-10] bytes cannot move from one field to the next", () => {
  const one = contextBytes("result", ["ab"]);
  expect(contextBytes("cmd", ["a", "b"])).not.toEqual(contextBytes("cmd", ["ab", ""]));
  expect(() => contextBytes("result", ["a", "b"])).toThrow(RangeError);
  expect(one).not.toEqual(contextBytes("result", ["abc"]));
});

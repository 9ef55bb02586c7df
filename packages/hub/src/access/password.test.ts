import { expect, test } from "vitest";
import { PasswordHasher } from "./password.ts";

const hasher = new PasswordHasher();

test("[SE-13] a hash says its own parameters, has a salt of its own, and fits its password only", async () => {
  const [one, other] = [await hasher.hash("correct horse"), await hasher.hash("correct horse")];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(other);
  expect(await hasher.verify("correct horse", one)).toBe(true);
  for (const wrong of ["", "correct hors", "correct horse ", "Correct horse", "correct horse\u0000"])
    expect([wrong, await hasher.verify(wrong, one)]).toEqual([wrong, false]);
});

test("[SE-04] without a stored hash nothing fits, not even the stand-in's own password", async () => {
  for (const password of ["", "A", "A".repeat(43)]) expect(await hasher.verify(password, undefined)).toBe(false);
});

test("[SE-13] hashes of other parameters and of scrypt still open", async () => {
  // RFC 7914, section 12, second example, cut to 32 bytes.
  const scrypt = `$scrypt$ln=10,r=8,p=16$${Buffer.from("NaCl").toString("base64").replace(/=+$/, "")}$${Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex").toString("base64").replace(/=+$/, "")}`;
  expect(await hasher.verify("password", scrypt)).toBe(true);
  expect(await hasher.verify("passwore", scrypt)).toBe(false);
});

test("[SE-13] a hash with other parameters than today's is known to be outdated", async () => {
  const today = await hasher.hash("correct horse");
  expect(hasher.isOutdated(today)).toBe(false);
  for (const old of [today.replace("m=19456", "m=8192"), today.replace("t=2", "t=1"), "$scrypt$ln=17,r=8,p=1$x$y"])
    expect(hasher.isOutdated(old)).toBe(true);
});

test("[SE-13] a hash of an unknown kind is an error, not a yes", async () => {
  for (const stored of ["", "plain", "$md5$x$y$z", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"])
    await expect(hasher.verify("", stored)).rejects.toThrow();
});

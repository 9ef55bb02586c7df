import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { explainPolicy } from "@muster/host";
import { readPolicy } from "./read-policy.ts";

const ownerUid = process.getuid?.() ?? 0;
const GOOD = `version: 1
allow:
  - {action: service.restart, driver: systemd, names: [nginx.service, app@1.service], max: 6/1h}
  - action: script.run
    name: rotate-logs
    exec: /usr/local/lib/muster/rotate
    args: [{name: days, type: int, min: 1, max: 90}]
    timeout: 60s
`;

async function policyFile(text: string | Uint8Array): Promise<TemporaryDirectory & { readonly policy: string }> {
  const directory = await temporaryDirectory("policy");
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policy = directory.file("etc", "policy.yaml");
  writeFileSync(policy, text, { mode: 0o644 });
  return { ...directory, policy };
}

async function whyOf(text: string | Uint8Array, change?: (policy: string) => void): Promise<string> {
  await using file = await policyFile(text);
  change?.(file.policy);
  const loaded = await readPolicy({ path: file.policy, ownerUid });
  if (loaded.source !== "broken") return loaded.source;
  expect(loaded.policy.allow).toEqual([]);
  return loaded.why;
}

test("a good file is in force with its hash, and is explained line by line", async () => {
  await using file = await policyFile(GOOD);
  const loaded = await readPolicy({ path: file.policy, ownerUid });
  expect(loaded).toMatchObject({ source: "file", policy: { allow: [{ max: { count: 6 } }, { timeoutMs: 60_000 }] } });
  const text = explainPolicy(loaded, file.policy);
  expect(text).toContain(
    "0. service.restart: driver systemd; only nginx.service, app@1.service; at most 6 times in 1h",
  );
  expect(text).toMatch(/never +server\.reboot/);
  expect(text).toMatch(/limited +service\.restart/);
});

test("no file is monitor-only without being broken", async () => {
  expect(await readPolicy({ path: "/nowhere/policy.yaml", ownerUid })).toMatchObject({ source: "missing" });
});

test.each([
  ["an anchor", "version: 1\nallow: &a []\n", "anchors"],
  ["an alias", "version: 1\nallow: &a []\noperators: *a\n", "alias"],
  ["a tag", "version: !!str 1\n", "tags"],
  ["a custom tag", "version: !x 1\n", "tag"],
  ["a merge key", "version: 1\n<<: {allow: []}\n", "<<"],
  ["a key twice", "version: 1\nversion: 1\n", "unique"],
  ["two documents", "version: 1\n---\nversion: 1\n", "more than one document"],
  ["a directive", "%YAML 1.1\n---\nversion: 1\n", "directives"],
  ["an empty file", " \n", "empty"],
  ["a comment alone", "# nothing\n", "the file is empty"],
  ["an unknown field", "version: 1\nallow: [{action: host.reboot, when: now}]\n", "allow[0].when: unknown field"],
  ["another version", "version: 2\n", "version: must be 1"],
  ["__proto__", "version: 1\n__proto__: {allow: []}\n", "__proto__"],
  ["broken YAML", "version: 1\nallow: [\n", "broken"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]), "UTF-8"],
  ["a huge file", `version: 1\n#${"x".repeat(300_000)}\n`, "larger than"],
])("[CM-15] %s: monitor-only, said so", async (_, text, why) => {
  const told = await whyOf(text);
  expect(told).not.toBe("file");
  if (why !== "broken") expect(told).toContain(why);
});

test.each(["*", "ssh*", "[a-z]*", "-H", "--root=/", "a b", "$(id)", "a;b", "a|b", "../x", "a\\0", "`id`", ""])(
  "[CM-02] [CM-04] the name %o is refused with the whole file",
  async (name) => {
    const entry = `{action: service.restart, driver: systemd, names: [${JSON.stringify(name)}]}`;
    expect(await whyOf(`version: 1\nallow: [${entry}]\n`)).toContain(name === "a\\0" ? "" : "exact name");
  },
);

test("[CM-15] others may write the file or its directory, or it is a link or somebody else's: monitor-only", async () => {
  expect(await whyOf(GOOD, (policy) => chmodSync(policy, 0o664))).toContain("can be written by others");
  expect(await whyOf(GOOD, (policy) => chmodSync(dirname(policy), 0o777))).toContain("can be written by others");
  await using file = await policyFile(GOOD);
  symlinkSync(file.policy, file.file("etc", "link.yaml"));
  const linked = await readPolicy({ path: file.file("etc", "link.yaml"), ownerUid });
  expect(linked).toMatchObject({ source: "broken", why: expect.stringContaining("symbolic link") });
  const foreign = await readPolicy({ path: file.policy, ownerUid: ownerUid + 1 });
  expect(foreign).toMatchObject({ source: "broken", why: expect.stringContaining("must belong to") });
  mkdirSync(file.file("etc", "folder.yaml"));
  expect(await readPolicy({ path: file.file("etc", "folder.yaml"), ownerUid })).toMatchObject({ source: "broken" });
});

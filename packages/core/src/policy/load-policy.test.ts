import { expect, test } from "vitest";
import { loadPolicy, POLICY_BYTES_MAX } from "./load-policy.ts";
import type { StrictYaml } from "./strict-yaml.ts";

const load = (text: string | undefined, yaml: StrictYaml = { ok: true, tree: { version: "1", allow: [] } }) =>
  loadPolicy(text, { parseYaml: () => Promise.resolve(yaml), sha256Hex: (hashed) => `hash of ${hashed}` });

test("a text is in force with the hash of what was read; no text is no policy", async () => {
  expect(await load("version: 1\n")).toMatchObject({ source: "file", sha256: "hash of version: 1\n" });
  expect(await load(undefined)).toMatchObject({ source: "missing", policy: { allow: [] } });
});

test("[PO2] what is too large, empty, no text, no YAML or no policy allows nothing and says why", async () => {
  const problems = ["one", "two", "three", "four", "five", "six"];
  const cases: [string, StrictYaml | undefined, string][] = [
    ["x".repeat(POLICY_BYTES_MAX + 1), undefined, "the file is larger than 262144 bytes"],
    [" \n", undefined, "the file is empty"],
    ["version: \uFFFD", undefined, "the file is not plain UTF-8 text"],
    ["version: \0", undefined, "the file is not plain UTF-8 text"],
    ["x", { ok: false, problems }, "one; two; three; four; five; and 1 more"],
    ["x", { ok: true, tree: { version: "2" } }, "version: must be 1"],
  ];
  for (const [text, yaml, why] of cases)
    expect(await load(text, yaml)).toMatchObject({ source: "broken", policy: { allow: [] }, why });
});

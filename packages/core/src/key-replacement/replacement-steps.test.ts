import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceReplacement, keyProof, nextReplacementStep } from "./replacement-steps.ts";
import type { KeyProof, ReplacementFacts, ReplacementWishes, ServerReplacement } from "./replacement-steps.ts";
import { farthestFirst } from "./way-order.ts";

/** Goes through all steps of a server where each try shows the next of `proofs`. */
function walk(wishes: ReplacementWishes, uses: "old" | "new", ...proofs: readonly KeyProof[]): readonly string[] {
  let facts: ReplacementFacts = { uses, proof: "untried", isInstalled: false, isRemoved: false };
  const steps: string[] = [];
  const left = [...proofs];
  for (;;) {
    const next = nextReplacementStep(facts, wishes);
    steps.push(next);
    if (next === "succeeded" || next === "failed") return steps;
    if (next === "install") facts = { ...facts, isInstalled: true, proof: "untried" };
    else if (next === "switch") facts = { ...facts, uses: "new" };
    else if (next === "remove") facts = { ...facts, isRemoved: true };
    else facts = { ...facts, proof: left.shift() ?? "unknown" };
  }
}

const NOTHING = { install: false, remove: false };
const ALL = { install: true, remove: true };

describe("[SS70] what comes next", () => {
  test.each([
    ["the key is let in already", NOTHING, "old", ["proven"], "test switch succeeded"],
    ["it is refused, and nothing is to be added", NOTHING, "old", ["refused"], "test failed"],
    [
      "it is refused, added and let in",
      ALL,
      "old",
      ["refused", "proven"],
      "test install prove switch remove succeeded",
    ],
    ["it is added and refused all the same", ALL, "old", ["refused", "refused"], "test install prove failed"],
    ["the server does not answer", ALL, "old", ["unknown"], "test failed"],
    ["the connection is lost after adding", ALL, "old", ["refused", "unknown"], "test install prove failed"],
    ["asked again after it was added", ALL, "old", ["proven"], "test switch remove succeeded"],
    ["asked again after it was switched", ALL, "new", ["proven"], "test remove succeeded"],
    ["the key of a switched server is refused by now", ALL, "new", ["refused"], "test failed"],
  ] as const)("%s", (_, wishes, uses, proofs, steps) => {
    expect(walk(wishes, uses, ...proofs)).toEqual(steps.split(" "));
  });

  test("whatever happens, nothing is switched before a proof, and nothing removed before the switch", () => {
    const proof = fc.constantFrom<KeyProof>("proven", "refused", "unknown");
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.array(proof), (install, remove, proofs) => {
        const steps = walk({ install, remove }, "old", ...proofs);
        if (steps.includes("switch")) expect(proofs.slice(0, steps.includes("prove") ? 2 : 1).at(-1)).toBe("proven");
        if (steps.includes("remove")) expect(steps.indexOf("switch")).toBeLessThan(steps.indexOf("remove"));
        if (!steps.includes("switch")) expect(steps).not.toContain("remove");
      }),
    );
  });

  test("a key is proven when a program ran, whatever sudo says", () => {
    const login = { step: "login", ok: true };
    expect(keyProof([login, { step: "shell", ok: true }, { step: "sudo", ok: false }])).toBe("proven");
    expect(keyProof([login, { step: "shell", ok: false }])).toBe("unknown");
    expect(keyProof([{ step: "login", ok: false }])).toBe("refused");
    expect(keyProof([{ step: "host-key", ok: false }])).toBe("unknown");
    expect(keyProof([])).toBe("unknown");
  });
});

test("[SS73] a server on the way to others comes after them, and a circle ends", () => {
  const via: Readonly<Record<string, string>> = { far: "middle", middle: "near", other: "near", a: "b", b: "a" };
  const order = farthestFirst(["near", "far", "middle", "other", "a", "b"], (id) => via[id]);
  const behind = Object.fromEntries(order.map(({ serverId, behind: those }) => [serverId, those]));
  expect(order[0]?.serverId).toBe("far");
  expect(behind).toMatchObject({ far: [], middle: ["far"], other: [] });
  expect(behind["near"]?.toSorted()).toEqual(["far", "middle", "other"]);
  expect([behind["a"], behind["b"]]).toEqual([[], ["a"]]);
  expect(farthestFirst(["near", "far"], (id) => via[id])[1]).toEqual({ serverId: "near", behind: ["far"] });
});

test("steps are there from when they begin", () => {
  let server: ServerReplacement = { state: "waiting", uses: "old", steps: [] };
  server = advanceReplacement(server, { is: "began", step: "test" }, 1);
  expect(server).toMatchObject({ state: "running", steps: [{ step: "test", state: "running", endedAt: null }] });
  server = advanceReplacement(server, { is: "ended", state: "done", detail: "In." }, 2);
  server = advanceReplacement(server, { is: "began", step: "switch" }, 3);
  server = advanceReplacement(server, { is: "switched" }, 3);
  server = advanceReplacement(server, { is: "ended", state: "done", detail: "" }, 4);
  server = advanceReplacement(server, { is: "over", state: "succeeded" }, 5);
  expect(server).toMatchObject({
    state: "succeeded",
    uses: "new",
    steps: [{ endedAt: 2 }, { startedAt: 3, endedAt: 4 }],
  });
});

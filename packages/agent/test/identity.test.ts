import { chownSync, mkdirSync } from "node:fs";
import { isMusterError } from "@muster/core";
import { needs, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { identityProblems, loadKey, loadOrMakeKey } from "../src/identity/identity.ts";

const asRoot = await needs("root");
const SOMEBODY = 61_234;

asRoot("root who looks after another user's agent", () => {
  test("takes the files of the state directory's owner", async () => {
    await using directory = await temporaryDirectory();
    const state = directory.file("state");
    mkdirSync(state, { mode: 0o700 });
    loadOrMakeKey(state);
    for (const path of [state, `${state}/agent.key`]) chownSync(path, SOMEBODY, SOMEBODY);
    expect(() => loadKey(state)).not.toThrow();
    expect(identityProblems(state)).toEqual([expect.stringContaining("identity.json does not exist")]);
  });

  test("AG-15 refuses a key that belongs to somebody else than the directory", async () => {
    await using directory = await temporaryDirectory();
    const state = directory.file("state");
    mkdirSync(state, { mode: 0o700 });
    loadOrMakeKey(state);
    chownSync(`${state}/agent.key`, SOMEBODY, SOMEBODY);
    let thrown: unknown;
    try {
      loadKey(state);
    } catch (error) {
      thrown = error;
    }
    expect(isMusterError(thrown, "IDENTITY_UNSAFE")).toBe(true);
  });
});

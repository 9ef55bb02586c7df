import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingBecause } from "./needs.ts";
import { runProgram } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const root = join(import.meta.dirname, "../../..");

/** Runs a test file of its own, in a vitest of its own, and gives the outcome of each of its tests. */
async function outcomes(missing: readonly string[], env: Record<string, string>): Promise<string> {
  await using directory = await temporaryDirectory("needs");
  writeFileSync(
    directory.file("planted.test.ts"),
    `import { beforeAll, expect, test } from ${JSON.stringify(import.meta.resolve("vitest"))};
     import { suiteThatNeeds } from ${JSON.stringify(import.meta.resolve("./needs.ts"))};
     suiteThatNeeds(${JSON.stringify(missing)}, process.env.CI === "true")("suite", () => {
       let ready = false;
       beforeAll(() => {
         ready = true;
         if (${JSON.stringify(missing)}.length > 0) throw new Error("the hook ran");
       });
       test("inner", () => expect(ready).toBe(true));
     });`,
  );
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { exitCode, stdout } = await runProgram(
    [process.execPath, vitest, "run", "--reporter=tap-flat", `--root=${directory.path}`],
    { env: { ...env, NO_COLOR: "1" } },
  );
  const lines = stdout.split("\n").filter((line) => /^(not )?ok|message:/.test(line.trim()));
  return [`exit ${exitCode}`, ...lines.map((line) => line.trim().replace(/ # time=.*/, ""))].join("\n");
}

test("with everything there, the suite and its hooks run", async () => {
  expect(await outcomes([], {})).toMatch(/^exit 0\nok 1 - planted\.test\.ts > suite > inner$/);
});

test("a missing component skips the suite with its reason, and its hooks do not run", async () => {
  expect(await outcomes(["sshd: not there"], { CI: "" })).toMatch(/^exit 0\nok 1 - planted\.test\.ts > suite # SKIP/);
});

test("in CI a missing component fails", async () => {
  const outcome = await outcomes(["sshd: not there"], { CI: "true" });
  expect(outcome).toMatch(/^exit 1\nnot ok 1 - planted\.test\.ts > suite/);
  expect(outcome).toContain("needs sshd: not there");
});

test("a component is tried once a run", async () => {
  const directory = process.env["MUSTER_TEST_RUN_DIRECTORY"] ?? "";
  expect(existsSync(directory)).toBe(true);
  const first = await missingBecause("root");
  expect(readdirSync(directory)).toContain("needs-root");
  expect(await missingBecause("root")).toBe(first);
});

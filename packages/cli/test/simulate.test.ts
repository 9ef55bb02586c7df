import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { writeFileSync } from "node:fs";
import { freePort, runProgram, startProgram, temporaryDirectory } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import type { SimulationReport } from "../src/simulate/simulation.ts";
import { commandLine } from "./command-line.ts";

const main = join(fileURLToPath(new URL("..", import.meta.url)), "src/main.ts");
const PASSWORD = "a password for tests";

/** A real hub as a child, and the environment of somebody who is signed in to it. */
async function realHub(
  directory: TemporaryDirectory,
): Promise<{ program: Program; env: Record<string, string>; homeDirectory: string }> {
  const listen = `127.0.0.1:${await freePort()}`;
  writeFileSync(directory.file("password"), PASSWORD, { mode: 0o600 });
  const program = await startProgram(
    [
      process.execPath,
      main,
      "hub",
      "--listen",
      listen,
      "--data-dir",
      directory.file("data"),
      "--kek-file",
      directory.file("kek"),
      "--log-level",
      "warn",
    ],
    { env: { MUSTER_ADMIN_USER: "admin", MUSTER_ADMIN_PASSWORD_FILE: directory.file("password") } },
  );
  await program.says(/listens on/);
  const env = { MUSTER_URL: `http://${listen}` };
  const homeDirectory = directory.file("home");
  const login = await commandLine(["login", "--name", "admin"], { env, homeDirectory, answers: [PASSWORD] });
  expect(login.code, login.errors).toBe(0);
  return { program, env, homeDirectory };
}

test("simulated agents join a real hub, are accepted, and every batch is acknowledged as durable", async () => {
  await using directory = await temporaryDirectory("simulate");
  const hub = await realHub(directory);
  await using _program = hub.program;
  const made = await commandLine(["join-token", "create", "--uses", "5", "--json"], hub);
  const { token } = JSON.parse(made.output) as { token: string };

  const argv = ["simulate", "--agents", "5", "--interval", "500", "--duration", "3", "--accept", "--json"];
  const run = await commandLine(argv, { ...hub, answers: [token] });
  expect(run.code, run.errors).toBe(0);
  const report = JSON.parse(run.output) as SimulationReport;
  expect(report).toMatchObject({ agents: 5, connected: 5, batchesUnacknowledged: 0, refused: 0 });
  expect(report.batchesAcknowledged).toBeGreaterThan(15);
  expect(report.ackMs.p50).toBeGreaterThan(0);

  const list = await commandLine(["servers", "--json"], hub);
  const { items } = JSON.parse(list.output) as {
    items: { name: string; state: string; summary: { cpuBusyRatio: number | null } }[];
  };
  expect(items.map(({ name }) => name).toSorted()).toEqual(["sim-1", "sim-2", "sim-3", "sim-4", "sim-5"]);
  expect(items.every(({ state, summary }) => state === "active" && summary.cpuBusyRatio !== null)).toBe(true);
  const status = JSON.parse((await commandLine(["status", "--json"], hub)).output) as {
    storage: { sampleCount: number };
  };
  expect(status.storage.sampleCount).toBe(report.samplesSent);

  const again = await commandLine(argv, { ...hub, answers: [token] });
  expect(again.code).toBe(77);
  expect(again.errors).toContain("JOIN_REFUSED");
});

test("the record of a hub is verified from its files, beside the hub and without it, and a changed row is found", async () => {
  await using directory = await temporaryDirectory("simulate");
  const hub = await realHub(directory);
  await using program = hub.program;
  const verify = () =>
    runProgram([process.execPath, main, "audit", "verify", "--json", "--data-dir", directory.file("data")]);
  const beside = await verify();
  expect(beside.exitCode, beside.stderr).toBe(0);
  expect(JSON.parse(beside.stdout)).toMatchObject({ state: "intact" });
  await program.stop();
  expect((await verify()).exitCode).toBe(0);
  const state = new DatabaseSync(directory.file("data", "state.db"));
  // Who can write the file can also take away what forbids changes.
  for (const { name } of state
    .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
    .all()) {
    state.exec(`DROP TRIGGER "${String(name)}"`);
  }
  state.exec("UPDATE audit SET row = replace(row, 'token.create', 'token.delete')");
  state.close();
  const changed = await verify();
  expect(changed.exitCode).toBe(74);
  expect(JSON.parse(changed.stdout)).toMatchObject({ state: "broken" });
  expect(
    (await runProgram([process.execPath, main, "audit", "verify", "--data-dir", directory.file("none")])).exitCode,
  ).toBe(66);
});

test("a token of another fleet is noticed before anything is sent", async () => {
  await using directory = await temporaryDirectory("simulate");
  const hub = await realHub(directory);
  await using _program = hub.program;
  const stranger = `mst1.0123456789.${"A".repeat(27)}.${"0".repeat(32)}`;
  const run = await commandLine(["simulate", "--agents", "1", "--duration", "1"], { ...hub, answers: [stranger] });
  expect(run.code).toBe(76);
  expect(run.errors).toContain("its root key is not the one that the join token names");
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";

const PASSWORD = "a password for tests";
const main = join(fileURLToPath(new URL("..", import.meta.url)), "src/main.ts");

async function startUp(directory: TemporaryDirectory, listen: string): Promise<Program> {
  const settings = ["--data-dir", directory.file("data"), "--kek-file", directory.file("kek"), "--listen", listen];
  writeFileSync(directory.file("password"), PASSWORD, { mode: 0o600 });
  const program = await startProgram([process.execPath, main, "up", ...settings], {
    env: { MUSTER_ADMIN_USER: "admin", MUSTER_ADMIN_PASSWORD_FILE: directory.file("password") },
  });
  await program.says(/Muster is running/);
  return program;
}

/** The process that `up` keeps as its agent. */
const agentPid = (directory: TemporaryDirectory): number | undefined => {
  try {
    return (JSON.parse(readFileSync(directory.file("data-agent", "up.json"), "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
};
const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

test("up joins this machine once, starts its agent again when it dies, and leaves no process behind", async () => {
  await using directory = await temporaryDirectory("up");
  const listen = `127.0.0.1:${await freePort()}`;
  const who = { env: { MUSTER_URL: `http://${listen}` }, homeDirectory: directory.file("home") };
  const online = async () => {
    const { output } = await commandLine(["servers", "--json", "--state", "online"], who);
    return (JSON.parse(output || '{"items":[]}') as { items: { id: string }[] }).items.map(({ id }) => id);
  };

  await using first = await startUp(directory, listen);
  expect((await commandLine(["login", "--name", "admin"], { ...who, answers: [PASSWORD] })).code).toBe(0);
  const ids = await waitFor(async () => ((await online()).length === 1 ? online() : undefined), {
    timeoutMs: 15_000,
    describe: () => `this machine is online; up said: ${first.output}`,
  });

  const killed = agentPid(directory)!;
  process.kill(killed, "SIGKILL");
  const again = await waitFor(() => (agentPid(directory) === killed ? undefined : agentPid(directory)), {
    timeoutMs: 10_000,
    describe: "the agent is started again",
  });
  expect(first.stderr).toContain("the agent ended with SIGKILL; starting it again");

  // Killed without a chance to stop its agent: the next one ends what was left behind.
  first.signal("SIGKILL");
  await first.exited;
  expect(isRunning(again)).toBe(true);
  // And at another address: the agent follows.
  const listenNow = `127.0.0.1:${await freePort()}`;
  await using second = await startUp(directory, listenNow);
  await waitFor(() => !isRunning(again), { timeoutMs: 10_000, describe: "the agent left behind is gone" });
  const url = ["--url", `http://${listenNow}`];
  expect((await commandLine(["login", "--name", "admin", ...url], { ...who, answers: [PASSWORD] })).code).toBe(0);
  const startedAt = Date.now();
  const back = await waitFor(
    async () => {
      const { output } = await commandLine(["servers", "--json", ...url], who);
      const { items } = JSON.parse(output) as { items: { id: string; summary: { at: number | null } }[] };
      return (items[0]?.summary.at ?? 0) > startedAt ? items : undefined;
    },
    { timeoutMs: 20_000, describe: () => `this machine reports again; up said: ${second.output}` },
  );
  expect(back.map(({ id }) => id)).toEqual(ids);

  const last = await waitFor(() => agentPid(directory), { describe: "the second agent runs" });
  expect(await second.stop("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(isRunning(last)).toBe(false);
});

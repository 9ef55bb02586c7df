import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { readSupervisedLog } from "../src/supervise/log-files/read-supervised-log.ts";
import { isProcessAlive, logBytes, supervise, writeDefinitions } from "./supervision-fixture.ts";

const SH = "/bin/sh";
const sleeper = (name: string, more: object = {}) => ({ name, command: ["/bin/sleep", "1000"], ...more });
const shell = (name: string, script: string, more: object = {}) => ({ name, command: [SH, "-c", script], ...more });

async function world(services: readonly object[]) {
  const directory = await temporaryDirectory("supervise");
  const state = directory.file("state");
  const definitions = directory.file("services.yaml");
  writeDefinitions(definitions, { services });
  return { directory, state, definitions, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const logText = (state: string, name: string): string =>
  logBytes(`${state}/supervise/logs/process.${name}`).toString("latin1");

describe("supervised processes", () => {
  test("[SV2] start in the order of dependencies, each when the one before is ready", async () => {
    await using at = await world([
      sleeper("web", { dependsOn: ["api"] }),
      sleeper("api", { dependsOn: ["db"] }),
      sleeper("db", { ready: { by: "time", after: "200ms" } }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("web", "running");
    const running = supervised.notes.filter(({ to }) => to === "running").map(({ name }) => name);
    expect(running).toEqual(["db", "api", "web"]);
  });

  test("[SV3] act starts, restarts and stops, by what is observed", async () => {
    await using at = await world([sleeper("api", { autostart: false })]);
    await using supervised = await supervise(at.state, at.definitions);
    expect(await supervised.status("api")).toMatchObject({ state: "stopped", enabled: "disabled", run: null });
    expect(await supervised.act("start", "api")).toBe("succeeded");
    const first = await supervised.status("api");
    expect(first).toMatchObject({ state: "running", tasks: 1 });
    expect(first.memoryBytes).toBeGreaterThan(0);
    expect(await supervised.act("restart", "api")).toBe("succeeded");
    expect((await supervised.status("api")).run).not.toBe(first.run);
    expect(isProcessAlive(first.pid!)).toBe(false);
    expect(await supervised.act("stop", "api")).toBe("succeeded");
    expect(await supervised.act("start", "nothing")).toBe("failed");
  });

  test("[SV3] a whole group is gone at stop, grandchildren that ignore SIGTERM included", async () => {
    await using at = await world([
      shell("api", `trap '' TERM; (trap '' TERM; exec sleep 1000) & echo $!; exec sleep 2000`, {
        stop: { grace: "300ms" },
      }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("api", "running");
    const grandchild = Number(await waitFor(() => logText(at.state, "api").trim(), { describe: "it says its child" }));
    await waitFor(() => isProcessAlive(grandchild), { describe: "the grandchild lives" });
    const { pid } = await supervised.status("api");
    expect(await supervised.act("stop", "api")).toBe("succeeded");
    expect([pid!, grandchild].map(isProcessAlive)).toEqual([false, false]);
    expect(supervised.notes.map(({ cause }) => cause)).toContain("its grace is over: SIGKILL");
  });

  test("[SV6] what a dead leader left behind is ended before it is started again", async () => {
    await using at = await world([shell("api", `sleep 1000 & echo $!; exec sleep 2000`)]);
    await using supervised = await supervise(at.state, at.definitions);
    const { pid } = await supervised.until("api", "running");
    const grandchild = Number(await waitFor(() => logText(at.state, "api").trim(), { describe: "it says its child" }));
    process.kill(pid!, "SIGKILL");
    await waitFor(async () => (await supervised.status("api")).restarts === 1, { describe: "it is restarted" });
    await supervised.until("api", "running");
    expect(isProcessAlive(grandchild)).toBe(false);
  });

  test("[SV4] exit codes, signals and programs that are missing are told in the ledger", async () => {
    await using at = await world([
      shell("done", "exit 0"),
      shell("odd", "exit 3", { restart: { when: "on-failure", successCodes: [3] } }),
      shell("once", "exit 7", { restart: "never" }),
      { name: "missing", command: ["/nowhere/program"], restart: "never" },
      sleeper("lost", { directory: "/nowhere", restart: "never" }),
      sleeper("nobody-there", { user: "no-such-user", restart: "never" }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    expect(await supervised.until("done", "stopped")).toMatchObject({ lastExit: { code: 0 } });
    expect(await supervised.until("odd", "stopped")).toMatchObject({ lastExit: { code: 3 } });
    expect((await supervised.until("once", "failed")).rawState).toBe("failed (exit 7, it is not restarted)");
    expect((await supervised.until("missing", "failed")).rawState).toContain("there is no program /nowhere/program");
    expect((await supervised.until("lost", "failed")).rawState).toContain("there is no directory /nowhere");
    expect((await supervised.until("nobody-there", "failed")).rawState).toContain("there is no user no-such-user");
    for (const note of supervised.notes) expect(note.cause).not.toBe("");
  });

  test("[SV11] a crash loop is restarted as often as the window lets it, then it has failed", async () => {
    await using at = await world([
      shell("loop", "echo again; exit 1", { restart: { when: "on-failure", delay: "10ms", restartsMax: 4 } }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    expect(await supervised.until("loop", "failed")).toMatchObject({ restarts: 4, lastExit: { code: 1 } });
    expect(logText(at.state, "loop")).toBe("again\n".repeat(5));
    expect(supervised.notes.at(-1)).toMatchObject({ event: "gave-up", to: "failed" });
    expect(await supervised.act("reset", "loop")).toBe("succeeded");
    expect(await supervised.status("loop")).toMatchObject({ state: "stopped", restarts: 0 });
  });

  test("[SV17] CM-14 secrets reach the child by its environment only, and nothing of the agent's does", async () => {
    process.env["MUSTER_TEST_LEAK"] = "leaked";
    await using at = await world([
      shell("api", "env; exec sleep 1000", { environment: { COLOR: "red" }, secrets: { TOKEN: "hush" } }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    const { pid } = await supervised.until("api", "running");
    const text = await waitFor(() => /MUSTER_RUN=/.exec(logText(at.state, "api")) && logText(at.state, "api"), {
      describe: "env",
    });
    delete process.env["MUSTER_TEST_LEAK"];
    expect(text).toContain("COLOR=red\n");
    expect(text).toContain("TOKEN=hush\n");
    expect(text).not.toContain("leaked");
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("hush");
    expect(
      JSON.stringify([supervised.supervisor.definitions(), supervised.notes, await supervised.status("api")]),
    ).not.toContain("hush");
  });

  test("[SV18] another user, limits and directory are those of the definition", async () => {
    await using at = await world([
      shell("api", "id -un; pwd; ulimit -n; exec sleep 1000", {
        user: "nobody",
        directory: "/usr",
        limits: { openFilesMax: 77 },
      }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("api", "running");
    await waitFor(() => logText(at.state, "api").split("\n").length === 4, {
      describe: () => logText(at.state, "api"),
    });
    expect(logText(at.state, "api")).toBe("nobody\n/usr\n77\n");
  });

  test("[SV18] one that uses more memory than its limit is ended and restarted", async () => {
    const hog = `const kept = []; setInterval(() => kept.push(Buffer.alloc(8e6, 1)), 20)`;
    await using at = await world([
      { name: "hog", command: [process.execPath, "-e", hog], limits: { memoryBytesMax: 100e6 }, restart: "never" },
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    const failed = await supervised.until("hog", "failed");
    expect(failed.rawState).toContain("100000000 are its limit");
  });

  test("[SV14] SV16 ten children live on when the agent is killed, and the next one adopts them", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `child-${index}`);
    await using at = await world(names.map((name) => shell(name, `while :; do echo ${name}; sleep 0.05; done`)));
    const program = [
      process.execPath,
      fileURLToPath(new URL("./supervising-child.ts", import.meta.url)),
      at.state,
      at.definitions,
    ];
    await using agent = await startProgram(program);
    await waitFor(
      () =>
        names.every((name) =>
          agent.output.includes(`"name":"${name}","event":"state","from":"starting","to":"running"`),
        ),
      {
        timeoutMs: 20_000,
        describe: () => agent.output,
      },
    );
    agent.signal("SIGKILL");
    await agent.exited;
    await using supervised = await supervise(at.state, at.definitions);
    for (const name of names) {
      const status = await supervised.status(name);
      expect(status).toMatchObject({ state: "running", restarts: 0 });
      expect(agent.output).toContain(`"cause":"pid ${status.pid}"`);
    }
    expect(supervised.notes.filter(({ event }) => event === "adopted")).toHaveLength(10);
    // They write on into the same log, and one that dies now is restarted.
    const before = logText(at.state, names[0]!).length;
    await waitFor(() => logText(at.state, names[0]!).length > before, { describe: "its log grows" });
    process.kill((await supervised.status(names[1]!)).pid!, "SIGKILL");
    await waitFor(async () => (await supervised.status(names[1]!)).restarts === 1, {
      timeoutMs: 10_000,
      describe: "it is restarted",
    });
  });

  test("[SV16] a child whose agent died before it wrote down the pid is found by its mark", async () => {
    await using at = await world([sleeper("api")]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    const { pid } = await first.until("api", "running");
    await first[Symbol.asyncDispose]();
    const record = `${at.state}/supervise/runs/process.api.json`;
    const written = JSON.parse(readFileSync(record, "utf8")) as object;
    writeFileSync(record, JSON.stringify({ ...written, child: null, state: "starting" }));
    await using second = await supervise(at.state, at.definitions);
    expect(await second.status("api")).toMatchObject({ state: "running", pid });
  });

  test("[SV14] one that ended while no agent was there is judged by its policy", async () => {
    await using at = await world([sleeper("api"), sleeper("once", { restart: "never" })]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    const pids = [(await first.until("api", "running")).pid!, (await first.until("once", "running")).pid!];
    await first[Symbol.asyncDispose]();
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await waitFor(() => !pids.some(isProcessAlive), { describe: "both are gone" });
    await using second = await supervise(at.state, at.definitions);
    expect(await second.until("api", "running")).toMatchObject({ restarts: 1 });
    expect((await second.until("once", "failed")).rawState).toContain("nobody saw how (while the agent was away)");
  });

  test("[SV19] what a person stopped stays stopped over a new agent and a new boot; the rest starts", async () => {
    await using at = await world([sleeper("api"), sleeper("web")]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    await first.until("api", "running");
    expect(await first.act("stop", "api")).toBe("succeeded");
    await first[Symbol.asyncDispose]();
    // Pids of another boot mean nothing.
    const pid = JSON.parse(readFileSync(`${at.state}/supervise/runs/process.web.json`, "utf8")) as {
      child: { pid: number };
    };
    await using second = await supervise(at.state, at.definitions, { bootId: "another-boot" });
    expect(await second.until("web", "running")).not.toMatchObject({ pid: pid.child.pid });
    expect((await second.status("api")).state).toBe("stopped");
    process.kill(-pid.child.pid, "SIGKILL");
  });

  test("[SV24] the file is reloaded while all runs on; a bad one changes nothing", async () => {
    await using at = await world([sleeper("api"), sleeper("old")]);
    await using supervised = await supervise(at.state, at.definitions);
    const { pid } = await supervised.until("api", "running");
    writeFileSync(at.definitions, "version: 1\nservices: [{name: api, comand: [/bin/true]}]\n");
    await supervised.supervisor.tick();
    expect(supervised.supervisor.definitions().problems).toContain(
      "services[0].command: is needed: a program by its absolute path, and its arguments",
    );
    expect(await supervised.status("api")).toMatchObject({ state: "running", pid });
    writeDefinitions(at.definitions, {
      services: [sleeper("api", { description: "newer", command: ["/bin/sleep", "2000"] }), sleeper("new")],
    });
    await supervised.supervisor.tick();
    expect(supervised.supervisor.definitions().problems).toEqual([]);
    await supervised.until("new", "running");
    expect(await supervised.status("api")).toMatchObject({
      pid,
      description: "newer",
      rawState: expect.stringContaining("older definition"),
    });
    await waitFor(async () => (await supervised.drivers[0]!.read("old")) === undefined, { describe: "old is gone" });
  });

  test("[SV24] over a restart of the agent a file that is not right changes nothing either", async () => {
    await using at = await world([sleeper("api")]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    const { pid } = await first.until("api", "running");
    await first[Symbol.asyncDispose]();
    writeFileSync(at.definitions, "version: 1\nservices: [", { mode: 0o600 });
    await using second = await supervise(at.state, at.definitions);
    expect(second.supervisor.definitions().problems).toHaveLength(1);
    expect(isProcessAlive(pid!)).toBe(true);
    writeDefinitions(at.definitions, { services: [sleeper("api"), sleeper("web", { dependsOn: ["api"] })] });
    await second.supervisor.tick();
    await second.until("web", "running");
    expect(await second.until("api", "running")).toMatchObject({ pid, restarts: 0 });
    expect(isProcessAlive(pid!)).toBe(true);
  });

  const stubborn = (name: string) =>
    shell(name, "trap '' TERM; echo up; while :; do sleep 0.05; done", { stop: { grace: "500ms" } });

  test("[SV15] defined again in the file while it is being stopped, it is started when the old one is gone", async () => {
    await using at = await world([stubborn("api")]);
    await using supervised = await supervise(at.state, at.definitions);
    const { pid } = await supervised.until("api", "running");
    await waitFor(() => logText(at.state, "api") !== "", { describe: "it does not hear SIGTERM" });
    writeDefinitions(at.definitions, {});
    await supervised.supervisor.tick();
    writeDefinitions(at.definitions, { services: [stubborn("api")] });
    await supervised.supervisor.tick();
    expect(await supervised.status("api")).toMatchObject({ pid, state: "stopping" });
    const again = await waitFor(
      async () => {
        await supervised.supervisor.tick();
        const found = await supervised.drivers[0]!.read("api");
        return found?.state === "running" ? found : undefined;
      },
      { describe: "it runs anew" },
    );
    expect(again.pid).not.toBe(pid);
    expect(isProcessAlive(pid!)).toBe(false);
  });

  test("[SV15] what is still being stopped cannot be defined anew by the hub, and it is told why", async () => {
    await using at = await world([]);
    await using supervised = await supervise(at.state, at.definitions);
    const key = { driver: "process", name: "api" } as const;
    const { name: _, ...definition } = stubborn("api");
    expect(supervised.supervisor.define(key, definition)).toMatchObject({ outcome: "succeeded" });
    await waitFor(() => logText(at.state, "api") !== "", { describe: "it does not hear SIGTERM" });
    expect(await supervised.supervisor.undefine(key, AbortSignal.abort())).toMatchObject({ outcome: "unknown" });
    expect(supervised.supervisor.define(key, definition)).toEqual({
      outcome: "refused",
      detail: "its definition was removed and it is still being stopped; define it when it is gone",
    });
    await waitFor(() => supervised.supervisor.find(key) === undefined, { describe: "it is gone" });
    expect(supervised.supervisor.define(key, definition)).toMatchObject({ outcome: "succeeded" });
    await supervised.until("api", "running");
  });

  test("[SV22] SV25 the hub's definitions are durable, and its secrets can be set and never read", async () => {
    await using at = await world([sleeper("own")]);
    const key = { driver: "process", name: "api" } as const;
    {
      await using first = await supervise(at.state, at.definitions);
      const definition = { command: [SH, "-c", "exec sleep 1000"], secrets: ["TOKEN"], dependsOn: ["own"] };
      expect(first.supervisor.define(key, definition, { OTHER: "x" }).outcome).toBe("refused");
      expect(first.supervisor.define(key, definition, { TOKEN: "hush" }).outcome).toBe("succeeded");
      await first.until("api", "running");
      expect(first.supervisor.define(key, { ...definition, description: "newer" }).outcome).toBe("succeeded");
      expect(first.supervisor.define({ driver: "process", name: "own" }, { command: [SH] })).toMatchObject({
        outcome: "refused",
      });
      expect(first.supervisor.define(key, { ...definition, environment: { LD_PRELOAD: "/x" } })).toMatchObject({
        outcome: "refused",
      });
      expect(JSON.stringify(first.supervisor.definitions())).not.toContain("hush");
      expect(readFileSync(`${at.state}/supervise/definitions/process.api.json`, "utf8")).not.toContain("hush");
    }
    await using second = await supervise(at.state, at.definitions);
    expect(await second.status("api")).toMatchObject({ description: "newer", state: "stopped" });
    expect(await second.act("start", "own")).toBe("succeeded");
    expect(await second.act("start", "api")).toBe("succeeded");
    const { pid } = await second.status("api");
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toContain("TOKEN=hush");
    expect(await second.supervisor.undefine(key, AbortSignal.timeout(10_000))).toMatchObject({ outcome: "succeeded" });
    expect(isProcessAlive(pid!)).toBe(false);
    expect(readdirSync(`${at.state}/supervise/secrets`)).toEqual([]);
  });

  test("[SV27] a start that lacks a secret is told as that, uses no restart, and is made when the value comes", async () => {
    await using at = await world([sleeper("own", { autostart: false })]);
    const key = { driver: "process", name: "api" } as const;
    const definition = {
      command: [SH, "-c", "exec sleep 1000"],
      ...{ secrets: ["TOKEN", "OTHER"], dependsOn: ["own"], autostart: true },
      restart: { when: "always", delay: "10ms" },
    };
    {
      await using first = await supervise(at.state, at.definitions, { atEnd: "leave" });
      expect(first.supervisor.define(key, definition, { OTHER: "hush" }).detail).toBe("it is defined");
      expect(await first.until("api", "failed")).toMatchObject({
        rawState: expect.stringContaining("no value is stored for the secret TOKEN: define it again") as string,
        restarts: 0,
      });
      // Nothing was started for it either.
      expect((await first.status("own")).state).toBe("stopped");
      first.supervisor.define(key, definition, { TOKEN: "hush" });
      expect(await first.until("api", "running")).toMatchObject({ restarts: 0 });
      await first.act("stop", "api");
      first.supervisor.define(key, { ...definition, secrets: ["TOKEN", "LATER"] });
      expect(await first.act("start", "api")).toBe("failed");
    }
    // Also over a restart of the agent.
    await using second = await supervise(at.state, at.definitions);
    expect((await second.status("api")).rawState).toContain("for the secret LATER:");
    second.supervisor.define(key, { ...definition, secrets: ["TOKEN", "LATER"] }, { LATER: "hush" });
    expect(await second.until("api", "running")).toMatchObject({ restarts: 0 });
  });

  test("[SV15] a run whose definition went while no agent was there is ended", async () => {
    await using at = await world([sleeper("api")]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    const { pid } = await first.until("api", "running");
    await first[Symbol.asyncDispose]();
    writeDefinitions(at.definitions, {});
    await using second = await supervise(at.state, at.definitions);
    await waitFor(() => !isProcessAlive(pid!), { describe: "it is ended" });
    expect(second.notes).toContainEqual(expect.objectContaining({ name: "api", event: "gone" }));
  });

  test("[SV26] what another supervisor keeps is not started, and the ledger says why", async () => {
    await using at = await world([
      { name: "unit", command: ["/usr/bin/systemctl", "start", "nginx"] },
      sleeper("kept", { command: ["/bin/sleep", "98765"], autostart: false }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    expect((await supervised.status("unit")).state).toBe("stopped");
    expect(await supervised.act("start", "unit")).toBe("refused");
    expect(supervised.notes.at(-1)?.cause).toContain("systemctl hands it to a supervisor of its own");
    const directory = at.directory.file("sv", "kept");
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/run`, "#!/bin/sh\ncd /\nexec /bin/sleep 98765\n", { mode: 0o755 });
    await using runsv = await startProgram(["/usr/bin/runsv", directory]);
    const kept = (): string =>
      readFileSync(`/proc/${readFileSync(`${directory}/supervise/pid`, "utf8").trim()}/cmdline`, "utf8");
    await waitFor(() => kept().startsWith("/bin/sleep"), { describe: "runsv has started it" });
    expect(await supervised.act("start", "kept")).toBe("refused");
    expect(supervised.notes.at(-1)?.cause).toMatch(/runs as pid \d+ already, kept by runsv/);
    await runsv.stop("SIGTERM");
  });

  test("[SV30] 200 MB of output are all there, in bounded files, with flat memory", { timeout: 60_000 }, async () => {
    const bytes = 200_000_000;
    await using at = await world([
      {
        name: "flood",
        command: [SH, "-c", `yes 0123456789abcdef0123456789abcde | head -c ${bytes}`],
        logs: { fileBytesMax: 16_000_000, filesMax: 20 },
      },
    ]);
    const before = process.memoryUsage().rss;
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("flood", "stopped");
    await supervised.supervisor.find({ driver: "process", name: "flood" })!.log.tend();
    const { parts, fromLogical, toLogical } = readSupervisedLog(`${at.state}/supervise/logs/process.flood`);
    expect([fromLogical, toLogical]).toEqual([0, bytes]);
    expect(parts.length).toBeGreaterThan(10);
    for (const [index, part] of parts.entries()) expect(part.fromLogical).toBe(parts[index - 1]?.toLogical ?? 0);
    let sum = 0;
    const from = 32 * 4_000_000;
    for (const byte of logBytes(`${at.state}/supervise/logs/process.flood`, from, from + 3_200_000)) sum += byte;
    const line = [...Buffer.from("0123456789abcdef0123456789abcde\n")].reduce((a, b) => a + b, 0);
    expect(sum).toBe(line * 100_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});

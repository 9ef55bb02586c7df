import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { isProcessAlive, supervise, writeDefinitions } from "./supervision-fixture.ts";

const shell = (name: string, script: string, more: object = {}) => ({
  driver: "tmux",
  name,
  command: ["/bin/sh", "-c", script],
  ...more,
});

async function world(services: readonly object[]) {
  const directory = await temporaryDirectory("tmux");
  const definitions = directory.file("services.yaml");
  writeDefinitions(definitions, { services });
  const state = directory.file("s");
  const tmux = (...args: readonly string[]): string =>
    execFileSync("/usr/bin/tmux", ["-L", "muster", ...args], {
      env: { TMUX_TMPDIR: `${state}/supervise/tmux`, PATH: "/usr/bin:/bin" },
      encoding: "utf8",
    });
  return {
    state,
    definitions,
    tmux,
    async [Symbol.asyncDispose]() {
      if (existsSync(`${state}/supervise/tmux`)) {
        try {
          tmux("kill-server");
        } catch {
          // The test ended it itself.
        }
      }
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe.runIf(existsSync("/usr/bin/tmux"))("supervised tmux sessions", () => {
  test("[SV40] run the program itself, without a shell, in its directory, with secrets in no command line", async () => {
    const odd = `a'b"c $HOME #{pane_pid} \\ ; é`;
    await using at = await world([
      shell("bot", 'printf "%s|%s|%s|%s\\n" "$ODD" "$TOKEN" "$1" "$PWD"; exec sleep 1000', {
        command: ["/bin/sh", "-c", 'printf "%s|%s|%s|%s\\n" "$ODD" "$TOKEN" "$1" "$PWD"; exec sleep 1000', "sh", odd],
        environment: { ODD: odd },
        secrets: { TOKEN: "hush" },
        directory: "/usr",
      }),
      { driver: "tmux", name: "alone", command: ["/usr/bin/cat"] },
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    const { pid } = await supervised.until("bot", "running", "tmux");
    const screen = await waitFor(async () => (await supervised.captureSession("bot", 100)).trim(), {
      describe: "its screen",
    });
    expect(screen).toBe(`${odd}|hush|${odd}|/usr`);
    await waitFor(() => readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n", {
      describe: "the pane's process is the program",
    });
    expect(readFileSync(`/proc/${(await supervised.until("alone", "running", "tmux")).pid}/cmdline`, "utf8")).toBe(
      "/usr/bin/cat\0",
    );
    for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each)))
      expect(existsSync(`/proc/${name}`) ? commandLine(name) : "").not.toContain("TOKEN=hush");
    expect(readdirSync(`${at.state}/supervise/tmux`).filter((name) => name.startsWith("start."))).toEqual([]);
  });

  test("[SV41] end by their keys, and are killed when those do not help", async () => {
    await using at = await world([
      shell("kind", `trap 'exit 5' INT; while :; do sleep 0.05; done`, { stop: { keys: "C-c" } }),
      shell("stubborn", `trap '' INT TERM HUP; while :; do sleep 0.05; done`, {
        stop: { keys: "C-c", grace: "300ms" },
      }),
    ]);
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("kind", "running", "tmux");
    const { pid } = await supervised.until("stubborn", "running", "tmux");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await supervised.act("stop", "kind", "tmux")).toBe("succeeded");
    expect((await supervised.status("kind", "tmux")).lastExit).toMatchObject({ code: 5 });
    expect(await supervised.act("stop", "stubborn", "tmux")).toBe("succeeded");
    expect((await supervised.status("stubborn", "tmux")).lastExit).toMatchObject({ signal: "SIGKILL" });
    expect(isProcessAlive(pid!)).toBe(false);
  });

  test("[SV42] an end is seen by itself, with its exit code, and the policy follows", async () => {
    await using at = await world([shell("once", "exit 7", { restart: "never" }), shell("again", "exec sleep 1000")]);
    await using supervised = await supervise(at.state, at.definitions);
    expect(await supervised.until("once", "failed", "tmux")).toMatchObject({ lastExit: { code: 7 } });
    const { pid } = await supervised.until("again", "running", "tmux");
    process.kill(pid!, "SIGKILL");
    await waitFor(async () => (await supervised.status("again", "tmux")).restarts === 1, {
      describe: "it is restarted",
    });
    const again = await supervised.until("again", "running", "tmux");
    expect(again.lastExit).toMatchObject({ signal: "SIGKILL" });
    // Someone takes the whole server away.
    at.tmux("kill-server");
    await waitFor(async () => (await supervised.status("again", "tmux")).restarts === 2, {
      describe: "it is restarted",
    });
    await supervised.until("again", "running", "tmux");
  });

  test("[SV14] are adopted with their exit code, whatever happened while no agent was there", async () => {
    await using place = await temporaryDirectory("tmux-end");
    const end = place.file("end");
    await using at = await world([
      shell("bot", "exec sleep 1000"),
      shell("done", `while [ ! -e ${end} ]; do sleep 0.05; done; exit 9`, { restart: "never" }),
    ]);
    const first = await supervise(at.state, at.definitions, { atEnd: "leave" });
    const { pid } = await first.until("bot", "running", "tmux");
    const ending = (await first.until("done", "running", "tmux")).pid!;
    await first[Symbol.asyncDispose]();
    writeFileSync(end, "");
    await waitFor(() => !isProcessAlive(ending), { describe: "it has ended" });
    await using second = await supervise(at.state, at.definitions);
    expect(await second.status("bot", "tmux")).toMatchObject({ state: "running", pid });
    expect(await second.until("done", "failed", "tmux")).toMatchObject({ lastExit: { code: 9 } });
  });

  test("[SV40] a name that begins like another's is another session", async () => {
    await using at = await world([shell("orbit", "exec sleep 1000"), shell("orbit_bot", "exec sleep 1000")]);
    await using supervised = await supervise(at.state, at.definitions);
    await supervised.until("orbit", "running", "tmux");
    const { pid } = await supervised.until("orbit_bot", "running", "tmux");
    expect(await supervised.act("stop", "orbit", "tmux")).toBe("succeeded");
    expect(await supervised.status("orbit_bot", "tmux")).toMatchObject({ state: "running", pid });
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

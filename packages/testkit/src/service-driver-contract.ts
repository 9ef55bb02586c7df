import { SERVICE_VERBS } from "@muster/core";
import type { Execution, ServiceStatus, Verb } from "@muster/core";
import type { ServiceDriver } from "@muster/host";
import { expect, test } from "vitest";
import { waitFor } from "./wait-for.ts";

/** A driver over the real thing, with services made for these tests and for nothing else. */
export interface DriverSubject {
  readonly driver: ServiceDriver;
  /** Runs for ever once started. */
  readonly lasting: string;
  /** Starts and ends at once with a failure; nobody starts it again. */
  readonly failing: string;
  /** Takes many seconds until a start is done. */
  readonly slow: string;
  /** A good name that nothing has. */
  readonly missing: string;
  /** Ends what runs under this name, from outside. */
  kill(name: string): Promise<void>;
  /** What a driver of this kind cannot tell: process numbers, how a run ended, that something changed. Nothing unless told. */
  readonly lacks?: readonly ("pid" | "exit" | "hints")[];
  /** Whether a hostile name had an effect anywhere on the machine. */
  canaries(): Promise<readonly string[]>;
}

const never = new AbortController().signal;

const tells = ({ lacks = [] }: DriverSubject, what: "pid" | "exit" | "hints"): boolean => !lacks.includes(what);

/** What every driver of services does, whatever makes them run. Registers its tests; `subject` is asked in each. */
export function testServiceDriver(subject: () => DriverSubject): void {
  const act = (verb: Verb, name: string, signal = AbortSignal.timeout(60_000)): Promise<Execution> =>
    subject().driver.act({ verb, name, args: {} }, signal);
  const read = async (name: string): Promise<ServiceStatus> => {
    const status = await subject().driver.read(name, never);
    if (status === undefined) throw new Error(`${name} is not there`);
    return status;
  };
  const become = (name: string, state: ServiceStatus["state"]): Promise<ServiceStatus> =>
    waitFor(
      async () => {
        const status = await read(name);
        return status.state === state ? status : undefined;
      },
      { timeoutMs: 20_000, describe: async () => `${name} is ${state}; it is ${JSON.stringify(await read(name))}` },
    );

  test("[DR1] what it needs is detected", async () => {
    expect(await subject().driver.detect(never)).toEqual({ ok: true });
  });

  test("[DR2] a start is succeeded when a new run is seen, and again without effect", async () => {
    const { lasting } = subject();
    await act("stop", lasting);
    const before = await become(lasting, "stopped");
    const started = await act("start", lasting);
    expect(started).toMatchObject({ outcome: "succeeded", detail: expect.stringContaining("new run") as string });
    const after = await read(lasting);
    expect(after).toMatchObject({ state: "running", health: "healthy" });
    expect(after.run).not.toBe(before.run);
    if (tells(subject(), "pid")) expect(after.pid).toBeGreaterThan(1);
    const again = await act("start", lasting);
    expect(again).toMatchObject({ outcome: "succeeded", detail: expect.stringContaining("ran already") as string });
    expect((await read(lasting)).run).toBe(after.run);
  });

  test("[DR3] the list is sorted, of one driver, without doubles, and says what reading says", async () => {
    const { driver, lasting } = subject();
    const list = await driver.list(never);
    const names = list.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(new Set(list.map((status) => status.driver))).toEqual(new Set([driver.name]));
    const listed = list.find(({ name }) => name === lasting);
    const told = await read(lasting);
    for (const field of ["state", "rawState", "run", "pid", "enabled", "verbs", "since"] as const) {
      expect(listed?.[field], field).toEqual(told[field]);
    }
  });

  test("[DR4] a restart is succeeded by another run, not by an answer", async () => {
    const { lasting } = subject();
    await act("start", lasting);
    const before = await read(lasting);
    expect((await act("restart", lasting)).outcome).toBe("succeeded");
    const after = await read(lasting);
    expect(after.state).toBe("running");
    expect([after.run, after.pid]).not.toEqual([before.run, before.pid]);
    expect(after.run).not.toBe(before.run);
  });

  test("[DR5] a stop is succeeded when nothing runs any more, and again without effect", async () => {
    const { lasting } = subject();
    await act("start", lasting);
    const { pid } = await read(lasting);
    if (tells(subject(), "pid")) expect(pid).not.toBeNull();
    expect((await act("stop", lasting)).outcome).toBe("succeeded");
    expect(await read(lasting)).toMatchObject({ state: "stopped", pid: null });
    expect((await act("stop", lasting)).outcome).toBe("succeeded");
  });

  test("[DR6] what starts and ends at once is failed, with how it ended", async () => {
    const { failing } = subject();
    const started = await act("start", failing);
    if (!tells(subject(), "exit")) {
      expect(started.outcome).toBe("failed");
      expect((await read(failing)).state).not.toBe("running");
      return;
    }
    expect(started).toMatchObject({ outcome: "failed", detail: expect.stringContaining("exit 3") as string });
    expect(await read(failing)).toMatchObject({ state: "failed", health: "unhealthy", lastExit: { code: 3 } });
  });

  test("[DR7] a service that is killed from outside is seen to have ended, and hinted at", async () => {
    const { driver, lasting } = subject();
    await act("start", lasting);
    const hints: (string | undefined)[] = [];
    const watching = new AbortController();
    driver.watch?.((name) => hints.push(name), watching.signal);
    await driver.list(never);
    await subject().kill(lasting);
    if (tells(subject(), "hints"))
      await waitFor(() => hints.includes(lasting), {
        timeoutMs: 10_000,
        describe: () => `a hint of it; ${String(hints)}`,
      });
    const listed = await waitFor(
      async () => (await driver.list(never)).find(({ name, state }) => name === lasting && state !== "running"),
      { timeoutMs: 10_000, describe: "the list says so, too" },
    );
    if (tells(subject(), "exit")) expect(listed.lastExit).not.toBeNull();
    watching.abort();
    hints.length = 0;
    await act("start", lasting);
    expect(hints).toEqual([]);
  });

  test("[DR8] an effect whose waiting ends first is unknown", async () => {
    const { slow, lasting } = subject();
    const startedMs = performance.now();
    expect((await act("start", slow, AbortSignal.timeout(700))).outcome).toBe("unknown");
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect((await act("restart", lasting, AbortSignal.abort())).outcome).toBe("unknown");
    await act("stop", slow);
  });

  test("[DR9] a name that nothing has is nothing to read and fails to act", async () => {
    const { driver, missing } = subject();
    expect(await driver.read(missing, never)).toBeUndefined();
    expect(await act("start", missing)).toMatchObject({ outcome: "failed" });
    expect(await act("stop", missing)).toMatchObject({ outcome: "failed" });
  });

  test("[CM-01] [CM-02] [CM-03] [CM-05] [FS-07] a hostile name is nothing to read, never acts, and leaves no trace", async () => {
    const { driver, lasting } = subject();
    await act("start", lasting);
    const before = await read(lasting);
    for (const name of hostileNames(lasting)) {
      expect(await driver.read(name, never), JSON.stringify(name)).toBeUndefined();
      for (const verb of SERVICE_VERBS) {
        const { outcome } = await act(verb, name);
        expect(["failed", "refused"], JSON.stringify([verb, name])).toContain(outcome);
      }
    }
    expect((await read(lasting)).run).toBe(before.run);
    expect(await subject().canaries()).toEqual([]);
  });
}

/** Names that a shell, an option parser, a pattern, a path, a URL or a line-wise reader would take for something else. */
export function hostileNames(good: string): readonly string[] {
  const canary = "/tmp/muster-canary";
  const [stem = "", ending = ""] = /^(.*?)(\.[a-z]+)?$/.exec(good)?.slice(1) ?? [];
  const tails = ["", ending];
  const heads = [
    `x;touch ${canary}`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `x|touch ${canary}`,
    `x&touch ${canary}`,
    `x\ntouch ${canary}`,
    `${stem}\n`,
    `${stem}\0`,
    `\n${stem}`,
    ` ${stem}`,
    `${stem} ${stem}`,
    "*",
    "?",
    `${stem.slice(0, -1)}*`,
    `${stem.slice(0, -1)}?`,
    `[a-z]*`,
    "--force",
    "--root=/tmp",
    "-Hroot@127.0.0.1",
    "--help",
    `../${stem}`,
    `..%2f${stem}`,
    `${stem}/../${stem}`,
    `${stem}/json?x=`,
    `${stem}%00`,
    `${stem}#`,
    "",
    ".",
    "..",
    "x".repeat(300),
    `é${stem}`,
    `${stem}\u2028`,
  ];
  return heads.flatMap((head) => tails.map((tail) => head + tail)).filter((name) => name !== good);
}

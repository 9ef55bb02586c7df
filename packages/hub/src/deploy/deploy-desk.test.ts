import { isOver, MusterError } from "@muster/core";
import type { Actor, DeployAction } from "@muster/core";
import type { DeploymentView } from "@muster/protocol";
import { FakeClock, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../access/audit-log.ts";
import { ServerClaims } from "../commands/server-claims.ts";
import { DeployDesk } from "./deploy-desk.ts";
import type { DeployWork, StepEvent } from "./deploy-desk.ts";

const ADMIN: Actor = { kind: "session", sessionId: "", user: { id: "u", name: "anna", role: "admin" }, provedAt: 0 };
const never = new AbortController().signal;

/** A stand-in for what is done on a server, that ends when it is told to. */
class ScriptedWork implements DeployWork {
  readonly finished = Promise.withResolvers<void>();
  tell: ((event: StepEvent) => void) | undefined;
  readonly calls: string[] = [];

  constructor() {
    // It may end before anybody waits for it.
    this.finished.promise.catch(() => undefined);
  }

  async run(tell: (event: StepEvent) => void, signal: AbortSignal): Promise<void> {
    this.calls.push("run");
    this.tell = tell;
    signal.addEventListener("abort", () => this.finished.reject(signal.reason as Error));
    await this.finished.promise;
  }
  async undo(): Promise<string> {
    this.calls.push("undo");
    return "All is as it was before.";
  }
  end(): void {
    this.calls.push("end");
  }
}

function deskOf(servers: Readonly<Record<string, { link?: string; state?: string }>>) {
  const clock = new FakeClock();
  const works = new Map<string, ScriptedWork>();
  const rows: AuditEntry[] = [];
  const errors: unknown[] = [];
  let now: Actor | undefined = ADMIN;
  const desk = new DeployDesk({
    clock,
    claims: new ServerClaims(),
    log: { error: (...all: unknown[]) => errors.push(all), warn() {}, info() {}, debug() {} } as never,
    fleet: {
      get: (id) =>
        servers[id] &&
        ({ known: { id, name: `name of ${id}`, link: "ssh", state: "active", ...servers[id] } } as never),
    },
    audit: { append: async (row: AuditEntry) => void rows.push(row) } as never,
    actorNow: async () => now && ({ ...now, provedAt: clock.now() } as Actor),
    work: ({ id }) => {
      const work = new ScriptedWork();
      works.set(id, work);
      return work;
    },
  });
  const start = (id: string, action: DeployAction = "deploy"): DeploymentView => desk.start(ADMIN, id, action);
  return { desk, clock, works, rows, errors, start, become: (actor: Actor | undefined) => (now = actor) };
}

describe("the desk of deployments", () => {
  test("[DP5] of ten servers four are at work at once, and each that ends lets the next one begin", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const { desk, works, start, rows } = deskOf(Object.fromEntries(names.map((name) => [name, {}])));
    const all = names.map((name) => start(name));
    const running = (): readonly string[] => names.filter((name) => works.get(name)!.calls.length === 1);
    await waitFor(() => running().length === 4, { describe: "four run" });
    let most = 0;
    for (let ended = 0; ended < 10; ended++) {
      await waitFor(() => running().length === Math.min(4, 10 - ended), { describe: "the next one has begun" });
      most = Math.max(most, running().length);
      const [first] = running();
      if (ended === 3) works.get(first!)!.finished.reject(new MusterError("ACTION_FAILED", { message: "No." }));
      else works.get(first!)!.finished.resolve();
      await waitFor(() => works.get(first!)!.calls.includes("end"), { describe: "it has ended" });
    }
    expect(most).toBe(4);
    const views = await Promise.all(all.map(({ id }) => desk.wait(id, 0, undefined, never)));
    expect(views.filter(({ state }) => state === "succeeded")).toHaveLength(9);
    expect(views.filter(({ state }) => state === "failed")).toHaveLength(1);
    expect(rows.filter(({ decision }) => decision === "succeeded")).toHaveLength(9);
    expect(desk.list(undefined)).toHaveLength(10);
    expect(desk.list("s3")).toHaveLength(1);
    await desk.stop();
  });

  test("[DP5] on one server one thing at a time, and nothing where the link is another than it needs", async () => {
    const { desk, works, start } = deskOf({
      a: {},
      agent: { link: "agent" },
      pull: { link: "pull" },
      out: { state: "revoked" },
    });
    start("a");
    expect(() => start("a")).toThrow(/already/);
    expect(() => start("none")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
    expect(() => start("agent")).toThrow(/has an agent already/);
    expect(() => start("pull")).toThrow(/reached by SSH/);
    expect(() => start("out")).toThrow(/revoked/);
    for (const action of ["upgrade", "uninstall", "start", "stop"] as const)
      expect(() => start("pull", action)).toThrow(/no agent/);
    await waitFor(() => works.get("a")!.calls.length === 1, { describe: "it runs" });
    works.get("a")!.finished.resolve();
    await waitFor(() => desk.list("a").every(isOver), { describe: "it is over" });
    expect(() => start("a")).not.toThrow();
    await desk.stop();
  });

  test("[DP8] a failure names its step and what to do, is undone, and is in the log before it is over", async () => {
    const { desk, works, start, rows } = deskOf({ a: {} });
    const { id } = start("a");
    await waitFor(() => works.get("a")?.tell, { describe: "it runs" });
    const work = works.get("a")!;
    work.tell!({ is: "began", step: "check" });
    work.tell!({ is: "ended", state: "done", detail: "Linux." });
    work.tell!({ is: "began", step: "upload" });
    work.finished.reject(new MusterError("ACTION_FAILED", { message: "The disk is full. Make room." }));
    const over = await desk.wait(id, 10_000, undefined, never);
    expect(over.steps[1]).toMatchObject({ step: "upload", state: "failed", detail: "The disk is full. Make room." });
    expect(over).toMatchObject({ state: "failed", aftermath: "All is as it was before." });
    expect(work.calls).toEqual(["run", "undo", "end"]);
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ actor: "anna", action: "agent.deploy", target: "name of a", decision: "failed" },
        reason: "upload: The disk is full. Make room. All is as it was before.",
      }),
    ]);
  });

  test("what fails inside the hub tells nobody why, but the hub's log", async () => {
    const { desk, works, start, rows, errors } = deskOf({ a: {} });
    const { id } = start("a");
    works.get("a")!.finished.reject(new Error("secret path /x"));
    const over = await desk.wait(id, 10_000, undefined, never);
    expect(JSON.stringify([over, rows])).not.toContain("secret");
    expect(JSON.stringify(over)).toContain("its log has the cause");
    expect(errors).toHaveLength(1);
  });

  test("[AZ-04] who asked and may not any more when the turn comes gets nothing done", async () => {
    const { desk, works, start, become } = deskOf({ a: {}, b: {} });
    become(undefined);
    const gone = await desk.wait(start("a").id, 10_000, undefined, never);
    become({ ...ADMIN, user: { id: "u", name: "anna", role: "operator" } } as Actor);
    const demoted = await desk.wait(start("b").id, 10_000, undefined, never);
    for (const each of [gone, demoted])
      expect(each.steps[0]).toMatchObject({ state: "failed", detail: expect.stringMatching(/may not/) });
    for (const work of works.values()) expect(work.calls).not.toContain("run");
  });

  test("[DP1] whoever waits hears of each change, of the end, or that the time is over", async () => {
    const { desk, works, start, clock } = deskOf({ a: {} });
    const { id, revision } = start("a");
    await waitFor(() => works.get("a")?.tell, { describe: "it runs" });
    const change = desk.wait(id, 30_000, revision, never);
    works.get("a")!.tell!({ is: "began", step: "check" });
    expect(await change).toMatchObject({ state: "running", revision: revision + 1 });
    const late = desk.wait(id, 30_000, revision + 1, never);
    await clock.advance(30_000);
    expect((await late).revision).toBe(revision + 1);
    const stop = new AbortController();
    const left = desk.wait(id, 30_000, undefined, stop.signal);
    stop.abort();
    expect((await left).state).toBe("running");
    await expect(desk.wait("none", 0, undefined, never)).rejects.toThrow(
      expect.objectContaining({ code: "NOT_FOUND" }),
    );
    works.get("a")!.finished.resolve();
    expect((await desk.wait(id, 30_000, revision + 1, never)).state).toBe("succeeded");
  });

  test("[DP7] a hub that stops undoes what runs and begins nothing more", async () => {
    const { desk, works, start } = deskOf(Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, {}])));
    for (const name of ["a", "b", "c", "d", "e"]) start(name);
    await waitFor(() => works.get("d")!.calls.includes("run"), { describe: "four run" });
    await desk.stop();
    expect(works.get("a")!.calls).toEqual(["run", "undo", "end"]);
    expect(works.get("e")!.calls).toEqual(["undo", "end"]);
    expect(desk.list(undefined).every(({ state }) => state === "failed")).toBe(true);
  });
});

import { MusterError } from "@muster/core";
import type { Actor, ReplacementEvent } from "@muster/core";
import type { SshKeyView } from "@muster/protocol";
import { FakeClock, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../access/audit-log.ts";
import { ServerClaims } from "../commands/server-claims.ts";
import { ReplacementDesk } from "./replacement-desk.ts";
import type { ReplacementWork } from "./replacement-desk.ts";

const ADMIN: Actor = { kind: "session", sessionId: "", user: { id: "u", name: "anna", role: "admin" }, provedAt: 0 };
const never = new AbortController().signal;

/** A stand-in for what is done on a server, that ends when it is told to. */
class ScriptedWork implements ReplacementWork {
  readonly finished = Promise.withResolvers<"succeeded" | "failed">();
  tell: ((event: ReplacementEvent) => void) | undefined;

  async run(tell: (event: ReplacementEvent) => void, signal: AbortSignal): Promise<"succeeded" | "failed"> {
    this.tell = tell;
    signal.addEventListener("abort", () => this.finished.reject(signal.reason as Error));
    return this.finished.promise;
  }
}

function deskOf(servers: readonly string[], states: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const works = new Map<string, ScriptedWork>();
  const rows: AuditEntry[] = [];
  const errors: unknown[] = [];
  const claims = new ServerClaims();
  let now: Actor | undefined = ADMIN;
  const key = (id: string, usedBy: readonly string[]): SshKeyView => ({
    ...{ id, name: `name of ${id}`, type: "ssh-ed25519", publicKey: `ssh-ed25519 ${id}`, fingerprint: id },
    ...{ createdAt: 0, createdBy: "anna", usedBy: usedBy.map((serverId) => ({ serverId, name: serverId })) },
  });
  const linkOf = (serverId: string) =>
    servers.includes(serverId) && { serverId, settings: { kind: "ssh", authentication: "key", keyId: "old" } };
  const desk = new ReplacementDesk({
    ...{ clock, claims },
    log: { error: (...all: unknown[]) => errors.push(all), warn() {}, info() {}, debug() {} } as never,
    fleet: { get: (id) => ({ known: { id, name: id, state: states[id] ?? "active" } }) as never },
    store: { get: (id: string) => linkOf(id), all: () => servers.map(linkOf) } as never,
    sshKeys: { list: async () => [key("old", servers), key("new", [])] },
    audit: { append: async (row: AuditEntry) => void rows.push(row) } as never,
    actorNow: async () => now && ({ ...now, provedAt: clock.now() } as Actor),
    work: ({ serverId }) => {
      const work = new ScriptedWork();
      works.set(serverId, work);
      return work;
    },
  });
  const start = () =>
    desk.start(ADMIN, { oldKeyId: "old", newKeyId: "new", serverIds: undefined, install: false, remove: false });
  return { desk, clock, claims, works, rows, errors, start, become: (actor: Actor | undefined) => (now = actor) };
}

describe("the desk of replacements", () => {
  test("[SS76] of ten servers four are at work at once, and what one ends with concerns no other", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const { desk, works, start, rows } = deskOf(names);
    const { id } = await start();
    const ended = new Set<string>();
    const running = (): readonly string[] => [...works.keys()].filter((name) => !ended.has(name));
    for (let count = 0; count < 10; count++) {
      await waitFor(() => running().length === Math.min(4, 10 - count), { describe: "the next one has begun" });
      const [first] = running();
      ended.add(first!);
      if (count === 3) works.get(first!)!.finished.reject(new MusterError("ACTION_FAILED", { message: "No." }));
      else works.get(first!)!.finished.resolve("succeeded");
    }
    await waitFor(() => desk.list("new")[0]!.endedAt !== null, { describe: "all are over" });
    const view = await desk.wait(id, 1_000, undefined, never);
    expect(view.servers.filter(({ state }) => state === "succeeded")).toHaveLength(9);
    expect(view.servers.find(({ state }) => state === "failed")?.steps).toMatchObject([{ detail: "No." }]);
    expect(rows.filter(({ decision }) => decision === "allowed")).toHaveLength(10);
    expect(rows.filter(({ decision }) => decision === "succeeded")).toHaveLength(9);
    await desk.stop();
  });

  test("[SS76] nothing where something else is at work, or the server is out, or who asked may not any more", async () => {
    const { desk, works, start, claims, become } = deskOf(["busy", "out"], { out: "revoked" });
    const letGo = claims.take("busy", "An agent is put there. Wait for it.");
    const { id } = await start();
    const view = await desk.wait(id, 60_000, undefined, never);
    expect(view.servers.map(({ server, state, steps }) => [server, state, steps[0]?.detail])).toEqual([
      ["busy", "failed", "An agent is put there. Wait for it."],
      ["out", "failed", "This server is revoked; nothing is done on it."],
    ]);
    letGo();
    become(undefined);
    const later = await desk.wait((await start()).id, 60_000, undefined, never);
    expect(later.servers[0]?.steps[0]?.detail).toMatch(/may not do it any more/);
    expect(claims.of("busy")).toBeUndefined();
    expect(works.size).toBe(0);
    await expect(desk.wait("none", 0, undefined, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await desk.stop();
  });

  test("whoever waits hears of each step; a hub that stops leaves each server as it is", async () => {
    const { desk, works, start, rows, errors } = deskOf(["a"]);
    const { id, revision } = await start();
    await waitFor(() => works.get("a")?.tell, { describe: "it runs" });
    const news = desk.wait(id, 60_000, revision, never);
    works.get("a")!.tell!({ is: "began", step: "test" });
    expect((await news).servers[0]).toMatchObject({ state: "running", steps: [{ step: "test", state: "running" }] });
    await desk.stop();
    const [view] = desk.list(undefined);
    expect(view?.servers[0]).toMatchObject({ state: "failed", uses: "old", steps: [{ state: "failed" }] });
    expect(view?.servers[0]?.steps[0]?.detail).toMatch(/stopping/);
    expect(rows.at(-1)).toMatchObject({ decision: "failed", reason: expect.stringMatching(/^test: .*stopping/) });
    expect(errors).toEqual([]);
  });
});

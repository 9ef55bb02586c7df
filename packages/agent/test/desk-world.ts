import { bareStatus, MONITOR_ONLY, silentLogger } from "@muster/core";
import type { ActionArgs, Execution, LoadedPolicy, Policy, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";
import { generateKeys, sign, toBase64url } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandFrame, ResultBody } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { CommandDesk } from "../src/commands/command-desk.ts";
import type { CommandDeskDeps } from "../src/commands/command-desk.ts";
import type { Journal } from "../src/commands/journal.ts";
import { HubClock } from "../src/wire/hub-clock.ts";
import type { CommandAnswer, CommandSession } from "../src/wire/command-session.ts";

/** A policy that lets every service of systemd that is named `s…` be restarted, and whatever else is given. */
export const policyOf = (allow: Policy["allow"]): LoadedPolicy => ({
  source: "file",
  sha256: "00",
  policy: { ...MONITOR_ONLY, allow },
});

/** Services in memory whose restarts are counted; `between` is where a test may stop the world. */
export class MemoryDriver implements ServiceDriver {
  readonly name = "systemd";
  readonly effects = new Map<string, number>();
  readonly under = new Map<string, number>();
  overlapMax = 0;
  readonly between: () => Promise<void>;

  constructor(between: () => Promise<void> = () => Promise.resolve()) {
    this.between = between;
  }

  detect(): Promise<{ readonly ok: true }> {
    return Promise.resolve({ ok: true });
  }
  list(): Promise<readonly ServiceStatus[]> {
    return Promise.resolve([]);
  }
  async read(name: string): Promise<ServiceStatus> {
    await this.between();
    const run = `run ${this.effects.get(name) ?? 0}`;
    return { ...bareStatus({ driver: "systemd", name }), state: "running", rawState: "active (running)", run };
  }
  async act({ name }: Effect): Promise<Execution> {
    const under = (this.under.get(name) ?? 0) + 1;
    this.under.set(name, under);
    this.overlapMax = Math.max(this.overlapMax, under);
    await this.between();
    this.effects.set(name, (this.effects.get(name) ?? 0) + 1);
    await this.between();
    this.under.set(name, under - 1);
    return { outcome: "succeeded", detail: `a new run: run ${this.effects.get(name)}` };
  }
}

/** A desk without an agent around it, and a hub that signs for it. */
export class DeskWorld {
  readonly clock = new FakeClock();
  readonly hub: KeyPair = generateKeys();
  readonly keys: KeyPair = generateKeys();
  readonly hubClock = new HubClock(this.clock);
  policy: LoadedPolicy = { source: "missing", policy: MONITOR_ONLY };
  #seq = 0;

  constructor() {
    this.hubClock.tell(this.clock.now());
  }

  desk(journal: Journal, change: Partial<CommandDeskDeps> = {}): CommandDesk {
    return new CommandDesk({
      ...{ journal, clock: this.clock, log: silentLogger, policy: () => Promise.resolve(this.policy) },
      ...{ host: undefined, drivers: new Map(), definitions: undefined, ownPid: process.pid },
      witness: () => () => Promise.resolve(),
      ...change,
    });
  }

  core(cmd: string, action: string, args: ActionArgs, notAfterMs = 60_000): string {
    return JSON.stringify({
      ...{ v: 1, cmd, agent: "agent-1", action, args, reason: "" },
      actor: { id: "u1", name: "anna", role: "admin", door: "http" },
      notAfter: this.clock.now() + notAfterMs,
    });
  }

  /** One more delivery of a core. */
  frame(c: string): CommandFrame {
    const now = this.clock.now();
    const d = JSON.stringify({
      ...{ session: "session-1", epoch: 1, seq: ++this.#seq, iat: now, exp: now + 60_000 },
      audit: { seq: 1, hash: "00" },
    });
    return { t: "cmd", c, d, sig: toBase64url(sign(this.hub.privateKey, contextBytes("cmd", [c, d]))) };
  }

  get session(): CommandSession {
    return {
      ...{ agentId: "agent-1", sessionId: "session-1", hubPub: this.hub.publicDer, hubClock: this.hubClock },
      ...{ keys: this.keys, epochSeen: 1 },
    };
  }

  async outcome(
    desk: CommandDesk,
    action: string,
    args: ActionArgs = {},
    cmd = `c-${++this.#seq}`,
  ): Promise<ResultBody> {
    return bodyOf(await desk.take(this.frame(this.core(cmd, action, args)), this.session));
  }
}

export function bodyOf(answer: CommandAnswer): ResultBody {
  if (answer.is !== "result") throw new Error(`no result: ${answer.is}`);
  return JSON.parse(answer.frame.body) as ResultBody;
}

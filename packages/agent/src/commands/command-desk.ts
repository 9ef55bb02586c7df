import { deadline, decide } from "@muster/core";
import type {
  Action,
  ActionArgs,
  ActionName,
  ActionWitness,
  Clock,
  Execution,
  LoadedPolicy,
  Logger,
  PolicyEntry,
} from "@muster/core";
import { fromBase64url, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, CommandDelivery, CommandFrame, ResultBody, ResultFrame } from "@muster/protocol";
import type { CommandAnswer, CommandSession } from "../wire/command-session.ts";
import { isKnownAction, parseCommandCore, parseCommandDelivery } from "../wire/hub-frames.ts";
import { EXECUTORS } from "./execute.ts";
import { failed, sentence, unknownAfterCrash } from "./executor.ts";
import type { ExecutionDeps, StartedAction } from "./executor.ts";
import { isLater } from "./journal.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { Lanes } from "./lanes.ts";

/** A delivery may have been made this long before the hub's present. */
const EARLY_MS_MAX = 30_000;
const WINDOW_MS_MAX = 120_000;
const DETAIL_CHARACTERS_MAX = 2_000;
/** Commands under way at one time, and together with those that wait for their turn. */
const LANES = { atOnceMax: 8, takenMax: 256 } as const;

export interface CommandDeskDeps extends Omit<ExecutionDeps, "stopping"> {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** The policy as the file is at this moment. */
  readonly policy: () => Promise<LoadedPolicy>;
  readonly witness: ActionWitness;
}

/** A command behind the gates: journaled, and to be done when its target is free. */
interface Accepted {
  readonly cmd: string;
  readonly action: Action;
  readonly entry: PolicyEntry | undefined;
  readonly actor: string;
  readonly startedAt: number;
  /** On the monotonic clock: it may not begin after this. */
  readonly beginByMs: number;
  readonly keys: KeyPair;
}

/** The text of a command's result, or why there is none to send now. */
type Known = string | { readonly is: "unproven" | "later" };

/**
 * Gates 6, 7, 9 and 11 of a command (security.md 2.3): who sent it and for whom, the server's own policy, the journal
 * before the effect, the signed outcome after it. Gates are passed one command at a time in the order of arrival; what is
 * behind them runs side by side, on one target one after the other.
 */
export class CommandDesk {
  readonly #deps: CommandDeskDeps;
  readonly #lanes = new Lanes(LANES);
  readonly #stopping = new AbortController();
  readonly #execution: ExecutionDeps;
  /** Commands in the journal whose result is on its way: being done, or found out after a crash. */
  readonly #pending = new Map<string, Promise<Known>>();
  #gates: Promise<unknown> = Promise.resolve();

  constructor(deps: CommandDeskDeps) {
    this.#deps = deps;
    this.#execution = { ...deps, stopping: this.#stopping.signal };
  }

  async take(frame: CommandFrame, session: CommandSession): Promise<CommandAnswer> {
    const gated = this.#gates.then(() => this.#gate(frame, session));
    this.#gates = gated.catch(() => undefined);
    const passed = await gated;
    const known = await passed.known;
    if (typeof known !== "string") return { is: known.is };
    return { is: "result", frame: resultFrame(known, session.keys) };
  }

  /**
   * Finds out what came of commands that the last run of the agent left unfinished. Call once, before any command is taken;
   * results wait for the hub like others.
   */
  recover(keys: KeyPair): void {
    for (const entry of this.#deps.journal.unfinished())
      void this.#track(entry.cmd, entry.action === undefined ? "" : laneOf(entry.action), () =>
        this.#settle(entry, keys),
      );
  }

  /** Results the hub has not confirmed, signed by the key of this moment: it may have been changed since. */
  waitingResults(keys: KeyPair): readonly ResultFrame[] {
    return this.#deps.journal
      .unacknowledged()
      .flatMap(({ result }) => (result ? [resultFrame(result.body, keys)] : []));
  }

  acknowledge(cmd: string): void {
    this.#deps.journal.acknowledge(cmd);
  }

  /** Until nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#gates;
    await Promise.allSettled(this.#pending.values());
  }

  /** Programs are ended; what goes on without this process is left to be found out at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the agent stops"));
    await this.idle();
  }

  async #gate(frame: CommandFrame, session: CommandSession): Promise<{ readonly known: Known | Promise<Known> }> {
    const { journal, clock, log, policy } = this.#deps;
    if (!verify(session.hubPub, contextBytes("cmd", [frame.c, frame.d]), fromBase64url(frame.sig)))
      return { known: { is: "unproven" } };
    const core = parseCommandCore(frame.c);
    const delivery = parseCommandDelivery(frame.d);
    if (core === undefined || delivery === undefined) return { known: { is: "unproven" } };
    const coreSha256 = sha256Hex(frame.c);
    const { cmd } = core;

    const known = journal.find(cmd);
    if (known !== undefined) {
      if (known.coreSha256 === coreSha256)
        return { known: known.result?.body ?? this.#pending.get(cmd) ?? { is: "later" } };
      const detail = "another command with this id is in the journal";
      const at = clock.now();
      return {
        known: JSON.stringify({ cmd, outcome: "refused", detail, startedAt: at, endedAt: at } satisfies ResultBody),
      };
    }

    const place = { epoch: delivery.epoch, seq: delivery.seq };
    const startedAt = clock.now();
    const refuse = (detail: string, keepPlace: boolean): { readonly known: Known } => {
      journal.begin({ cmd, coreSha256, startedAt }, keepPlace ? journal.place : place);
      log.warn("a command was refused", { cmd, action: core.action, actor: core.actor.name, why: detail });
      return { known: this.#end(cmd, startedAt, { outcome: "refused", detail }, session.keys) };
    };
    const undeliverable = this.#deliveryProblem(core, delivery, session);
    if (undeliverable !== undefined) return refuse(undeliverable, true);
    if (!isKnownAction(core.action)) return refuse(`this agent knows no action ${core.action}`, false);
    const action = { name: core.action as ActionName, args: core.args as ActionArgs };
    const loaded = await policy();
    // Limits count by this machine's own clock: the hub could push its clock ahead and so empty every window.
    const decision = decide(loaded, action, (entry) => journal.usesOf(JSON.stringify(entry)), startedAt);
    if (!decision.allow) return refuse(`policy: ${decision.why}`, false);
    if (this.#lanes.isFull) return refuse("too many commands wait for their turn on this server", false);
    const entry = loaded.policy.allow[decision.entry];
    const allowedBy = entry === undefined ? {} : { allowedBy: JSON.stringify(entry) };
    journal.begin({ cmd, coreSha256, startedAt, action: journaled(action), ...allowedBy }, place);
    const leftMs = Math.max(0, core.notAfter - (session.hubClock.now() ?? core.notAfter));
    const accepted: Accepted = {
      ...{ cmd, action, entry, startedAt, actor: core.actor.name, keys: session.keys },
      beginByMs: clock.monotonic() + leftMs,
    };
    return { known: this.#track(cmd, laneOf(action), () => this.#perform(accepted)) };
  }

  #track(cmd: string, lane: string, work: () => Promise<Known>): Promise<Known> {
    const known = this.#lanes.run(lane, work).finally(() => this.#pending.delete(cmd));
    this.#pending.set(cmd, known);
    known.catch((error: unknown) => this.#deps.log.error("a command's outcome could not be kept", { cmd, error }));
    return known;
  }

  async #perform({ cmd, action, entry, actor, startedAt, beginByMs, keys }: Accepted): Promise<Known> {
    const { journal, clock, log } = this.#deps;
    const executor = EXECUTORS[action.name];
    if (this.#stopping.signal.aborted) return { is: "later" };
    if (clock.monotonic() > beginByMs)
      return this.#end(cmd, startedAt, failed("its time passed while it waited for others on the same target"), keys);
    const limit = deadline(clock, executor.limitMs({ action, entry }), this.#stopping.signal);
    try {
      const seen = await executor
        .observe(action, this.#execution, limit.signal)
        .catch((error: unknown) => sentence(error));
      if (typeof seen === "string")
        return this.#end(cmd, startedAt, failed(`nothing was done: what is there could not be read: ${seen}`), keys);
      if (this.#stopping.signal.aborted) return { is: "later" };
      journal.observe(cmd, seen);
      const ended = this.#deps.witness({ cmd, action, actor });
      const execution = await executor
        .run({ action, entry }, seen, this.#execution, limit.signal)
        .catch((error: unknown): Execution => ({ outcome: "unknown", detail: sentence(error) }));
      ended(execution);
      // The next start sees more than this one, which was told to stop in the middle.
      if (this.#stopping.signal.aborted && execution.outcome === "unknown") return { is: "later" };
      log.info("a command was executed", { cmd, action: action.name, actor, outcome: execution.outcome });
      return this.#end(cmd, startedAt, execution, keys);
    } finally {
      limit.done();
    }
  }

  async #settle({ cmd, action, seen, startedAt }: JournalEntry, keys: KeyPair): Promise<Known> {
    const signal = this.#stopping.signal;
    let execution: Execution = unknownAfterCrash;
    // Written before every effect: without it there was none.
    if (action !== undefined && seen === undefined) execution = failed("the agent stopped before this began");
    else if (action !== undefined && seen !== undefined)
      execution = await EXECUTORS[action.name]
        .settle(action, seen, this.#execution, signal)
        .catch((): Execution => unknownAfterCrash);
    if (signal.aborted) return { is: "later" };
    this.#deps.log.info("an unfinished command was found out", { cmd, outcome: execution.outcome });
    return this.#end(cmd, startedAt, execution, keys);
  }

  /** Gate 6 without the signature: for us, in this session, newer than the last, in its time. */
  #deliveryProblem(core: CommandCore, delivery: CommandDelivery, session: CommandSession): string | undefined {
    const hubNow = session.hubClock.now();
    if (core.agent !== session.agentId) return "it is for another server";
    if (delivery.session !== session.sessionId) return "it was made for another session";
    if (delivery.epoch < session.epochSeen) return "the hub's epoch is lower than one seen before: it was restored";
    if (!isLater(delivery, this.#deps.journal.place)) return "it is older than the last command, or the same again";
    if (hubNow === undefined || delivery.iat - EARLY_MS_MAX > hubNow) return "it comes from the future";
    if (delivery.exp - delivery.iat > WINDOW_MS_MAX) return "it claims to be valid for too long";
    if (hubNow > delivery.exp) return "it came too late";
    if (hubNow > core.notAfter) return "its time has passed";
    return undefined;
  }

  #end(cmd: string, startedAt: number, { outcome, detail, exit, output }: Execution, keys: KeyPair): string {
    const body: ResultBody = {
      ...{ cmd, outcome, detail: detail.slice(0, DETAIL_CHARACTERS_MAX) },
      ...(exit !== undefined && { exit }),
      ...(output !== undefined && { output }),
      ...{ startedAt, endedAt: this.#deps.clock.now() },
    };
    const { body: text, sig } = resultFrame(JSON.stringify(body), keys);
    this.#deps.journal.end(cmd, { body: text, sig });
    return text;
  }
}

const laneOf = (action: StartedAction): string => EXECUTORS[action.name].lane(action);

/** What the journal keeps of an action: no long text, which may hold secrets. */
const journaled = ({ name, args }: Action): StartedAction => {
  const { definition: _, ...kept } = args;
  return { name, args: kept };
};

const resultFrame = (body: string, keys: KeyPair): ResultFrame => ({
  t: "result",
  body,
  sig: toBase64url(sign(keys.privateKey, contextBytes("result", [body]))),
});

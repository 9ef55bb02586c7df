import { deadline, decide } from "@muster/core";
import type { Action, ActionWitness, Execution, Instant, LoadedPolicy, Logger, PolicyEntry } from "@muster/core";
import type { ResultBody } from "@muster/protocol";
import type { ActionJournal, BegunAction } from "./action-journal.ts";
import { EXECUTORS } from "./execute.ts";
import { failed, sentence, unknownAfterCrash } from "./executor.ts";
import type { ExecutionDeps, StartedAction } from "./executor.ts";
import { Lanes } from "./lanes.ts";

const DETAIL_CHARACTERS_MAX = 2_000;
/** Actions under way at one time, and together with those that wait for their turn. */
const LANES = { atOnceMax: 8, takenMax: 256 } as const;

export interface ActionRunnerDeps<Origin = void> extends Omit<ExecutionDeps, "stopping"> {
  readonly journal: ActionJournal<Origin>;
  readonly log: Logger;
  /** The policy as the file is at this moment. */
  readonly policy: () => Promise<LoadedPolicy>;
  readonly witness: ActionWitness;
}

/** An action that somebody who may ask for it asks for. */
export interface ActionRequest {
  /** Names this asking for ever: the same again is the same action, and has its one effect. */
  readonly cmd: string;
  readonly action: Action;
  /** The name of whoever asks. */
  readonly actor: string;
  /** On the monotonic clock: it may not begin after this. */
  readonly beginByMs: number;
}

/** `later`: the runner stops in the middle; the next one over the same journal tells what came of it. */
export type ActionAnswer = { readonly is: "ended"; readonly result: ResultBody } | { readonly is: "later" };

/** An action that is written down, or one that was known already. */
export interface TakenAction {
  readonly answer: Promise<ActionAnswer>;
}

/**
 * Gates 7, 9 and 11 of a command (security.md 2.3), whichever way a server is reached: the server's own policy, the
 * journal before the effect, the outcome as observed after it. Actions are judged one at a time in the order of asking;
 * what is allowed runs side by side, on one target one after the other. `Origin` is what the journal keeps of where an
 * action came from; whoever has none leaves it out.
 */
export class ActionRunner<Origin = void> {
  readonly #deps: ActionRunnerDeps<Origin>;
  readonly #lanes = new Lanes(LANES);
  readonly #stopping = new AbortController();
  readonly #execution: ExecutionDeps;
  /** Actions in the journal whose result is on its way: being done, or found out after a crash. */
  readonly #pending = new Map<string, Promise<ActionAnswer>>();
  #gates: Promise<unknown> = Promise.resolve();

  constructor(deps: ActionRunnerDeps<Origin>) {
    this.#deps = deps;
    this.#execution = { ...deps, stopping: this.#stopping.signal };
  }

  /** Does an action once, however often it is asked for. Rejects only when the journal cannot be written. */
  async run(request: ActionRequest, origin: Origin): Promise<ActionAnswer> {
    const { answer } = await this.accept(request, origin);
    return answer;
  }

  /** As `run`; resolves already when the policy has decided and the action is in the journal. */
  accept(request: ActionRequest, origin: Origin): Promise<TakenAction> {
    const gated = this.#gates.then(() => this.#gate(request, origin));
    this.#gates = gated.catch(() => undefined);
    return gated;
  }

  /** What is known of an action; undefined when it was never asked for. */
  answerTo(cmd: string): Promise<ActionAnswer> | undefined {
    const result = this.#deps.journal.resultOf(cmd);
    if (result === undefined) return undefined;
    if (result === "open") return this.#pending.get(cmd) ?? Promise.resolve({ is: "later" });
    return Promise.resolve({ is: "ended", result });
  }

  /** Writes down that an action was refused before the policy was asked. Call it for one that is not known. */
  async refuse(
    { cmd, action, actor }: { readonly cmd: string; readonly action: string; readonly actor: string },
    why: string,
    origin: Origin,
  ): Promise<ActionAnswer> {
    const startedAt = this.#deps.clock.now();
    await this.#deps.journal.begin({ cmd, startedAt }, origin);
    this.#deps.log.warn("a command was refused", { cmd, action, actor, why });
    return this.#end({ cmd, startedAt }, { outcome: "refused", detail: why }, origin);
  }

  /**
   * Finds out what came of actions that the last runner over this journal left unfinished. Call once, before any is taken;
   * their results are in the journal like others.
   */
  recover(origin: Origin): void {
    for (const begun of this.#deps.journal.unfinished())
      void this.#track(begun.cmd, begun.action === undefined ? "" : laneOf(begun.action), () =>
        this.#settle(begun, origin),
      );
  }

  /** Until nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#gates;
    await Promise.allSettled(this.#pending.values());
  }

  /** Programs are ended; what goes on without this process is left to be found out at the next start. */
  stop(reason: Error): Promise<void> {
    this.#stopping.abort(reason);
    return this.idle();
  }

  async #gate(request: ActionRequest, origin: Origin): Promise<TakenAction> {
    const { journal, clock, policy } = this.#deps;
    const { cmd, action, actor } = request;
    const known = this.answerTo(cmd);
    if (known !== undefined) return { answer: known };
    const startedAt = clock.now();
    const loaded = await policy();
    // Limits count by this machine's own clock: a hub could push its clock ahead and so empty every window.
    const decision = decide(loaded, action, (each) => journal.usesOf(JSON.stringify(each)), startedAt);
    const refuse = async (why: string): Promise<TakenAction> => {
      const answer = await this.refuse({ cmd, action: action.name, actor }, why, origin);
      return { answer: Promise.resolve(answer) };
    };
    if (!decision.allow) return refuse(`policy: ${decision.why}`);
    if (this.#lanes.isFull) return refuse("too many commands wait for their turn on this server");
    const entry = loaded.policy.allow[decision.entry];
    const allowedBy = entry === undefined ? {} : { allowedBy: JSON.stringify(entry) };
    await journal.begin({ cmd, startedAt, action: journaled(action), ...allowedBy }, origin);
    return { answer: this.#track(cmd, laneOf(action), () => this.#perform(request, { entry, startedAt }, origin)) };
  }

  #track(cmd: string, lane: string, work: () => Promise<ActionAnswer>): Promise<ActionAnswer> {
    const answer = this.#lanes.run(lane, work).finally(() => this.#pending.delete(cmd));
    this.#pending.set(cmd, answer);
    answer.catch((error: unknown) => this.#deps.log.error("a command's outcome could not be kept", { cmd, error }));
    return answer;
  }

  async #perform(
    { cmd, action, actor, beginByMs }: ActionRequest,
    { entry, startedAt }: { readonly entry: PolicyEntry | undefined; readonly startedAt: Instant },
    origin: Origin,
  ): Promise<ActionAnswer> {
    const { journal, clock, log, witness } = this.#deps;
    const end = (execution: Execution): Promise<ActionAnswer> => this.#end({ cmd, startedAt }, execution, origin);
    const executor = EXECUTORS[action.name];
    if (this.#stopping.signal.aborted) return { is: "later" };
    if (clock.monotonic() > beginByMs)
      return end(failed("its time passed while it waited for others on the same target"));
    const limit = deadline(clock, executor.limitMs({ action, entry }), this.#stopping.signal);
    try {
      const seen = await executor
        .observe(action, this.#execution, limit.signal)
        .catch((error: unknown) => sentence(error));
      if (typeof seen === "string")
        return await end(failed(`nothing was done: what is there could not be read: ${seen}`));
      if (this.#stopping.signal.aborted) return { is: "later" };
      await journal.observe(cmd, seen);
      const ended = witness({ cmd, action, actor });
      const execution = await executor
        .run({ action, entry }, seen, this.#execution, limit.signal)
        .catch((error: unknown): Execution => ({ outcome: "unknown", detail: sentence(error) }));
      await ended(execution);
      // The next start sees more than this one, which was told to stop in the middle.
      if (this.#stopping.signal.aborted && execution.outcome === "unknown") return { is: "later" };
      log.info("a command was executed", { cmd, action: action.name, actor, outcome: execution.outcome });
      return await end(execution);
    } finally {
      limit.done();
    }
  }

  async #settle({ cmd, action, seen, startedAt }: BegunAction, origin: Origin): Promise<ActionAnswer> {
    const signal = this.#stopping.signal;
    let execution: Execution = unknownAfterCrash;
    // Written before every effect: without it there was none.
    if (action !== undefined && seen === undefined) execution = failed("muster stopped before this began");
    else if (action !== undefined && seen !== undefined)
      execution = await EXECUTORS[action.name]
        .settle(action, seen, this.#execution, signal)
        .catch((): Execution => unknownAfterCrash);
    if (signal.aborted) return { is: "later" };
    this.#deps.log.info("an unfinished command was found out", { cmd, outcome: execution.outcome });
    return this.#end({ cmd, startedAt }, execution, origin);
  }

  async #end(
    { cmd, startedAt }: Pick<BegunAction, "cmd" | "startedAt">,
    { outcome, detail, exit, output }: Execution,
    origin: Origin,
  ): Promise<ActionAnswer> {
    const result: ResultBody = {
      ...{ cmd, outcome, detail: detail.slice(0, DETAIL_CHARACTERS_MAX) },
      ...(exit !== undefined && { exit }),
      ...(output !== undefined && { output }),
      ...{ startedAt, endedAt: this.#deps.clock.now() },
    };
    await this.#deps.journal.end(result, origin);
    return { is: "ended", result };
  }
}

const laneOf = (action: StartedAction): string => EXECUTORS[action.name].lane(action);

/** What the journal keeps of an action: no long text, which may hold secrets. */
const journaled = ({ name, args }: Action): StartedAction => {
  const { definition: _, ...kept } = args;
  return { name, args: kept };
};

import type { ActionArgs, ActionName } from "@muster/core";
import { ActionRunner } from "@muster/host";
import type { ActionRunnerDeps, TakenAction } from "@muster/host";
import { fromBase64url, sha256Hex, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, CommandDelivery, CommandFrame, ResultFrame } from "@muster/protocol";
import type { CommandAnswer, CommandSession } from "../wire/command-session.ts";
import { isKnownAction, parseCommandCore, parseCommandDelivery } from "../wire/hub-frames.ts";
import { isLater } from "./journal.ts";
import type { CommandOrigin, Journal } from "./journal.ts";
import { resultFrame } from "./result-frame.ts";

/** A delivery may have been made this long before the hub's present. */
const EARLY_MS_MAX = 30_000;
const WINDOW_MS_MAX = 120_000;

export interface CommandDeskDeps extends ActionRunnerDeps<CommandOrigin> {
  readonly journal: Journal;
}

/**
 * Gate 6 of a command (security.md 2.3), who sent it and for whom, before the runner's gates, and the signature of its
 * outcome behind them. Commands pass one at a time in the order of arrival, each until it is in the journal.
 */
export class CommandDesk {
  readonly #deps: CommandDeskDeps;
  readonly #runner: ActionRunner<CommandOrigin>;
  #gates: Promise<unknown> = Promise.resolve();

  constructor(deps: CommandDeskDeps) {
    this.#deps = deps;
    this.#runner = new ActionRunner(deps);
  }

  async take(frame: CommandFrame, session: CommandSession): Promise<CommandAnswer> {
    const gated = this.#gates.then(() => this.#gate(frame, session));
    this.#gates = gated.catch(() => undefined);
    const taken = await gated;
    if (taken === "unproven") return { is: "unproven" };
    const answer = await taken.answer;
    if (answer.is === "later") return answer;
    return { is: "result", frame: resultFrame(JSON.stringify(answer.result), session.keys) };
  }

  /**
   * Finds out what came of commands that the last run of the agent left unfinished. Call once, before any command is taken;
   * results wait for the hub like others.
   */
  recover(keys: KeyPair): void {
    // Where they came from was written down when they began.
    this.#runner.recover({ coreSha256: "", place: this.#deps.journal.place, keys });
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

  /** Programs are ended; what goes on without this process is left to be found out at the next start. */
  async stop(): Promise<void> {
    await Promise.all([this.#runner.stop(new Error("the agent stops")), this.#gates]);
    // What was on its way through the gate when they stopped.
    await this.#runner.idle();
  }

  async #gate(frame: CommandFrame, session: CommandSession): Promise<TakenAction | "unproven"> {
    const { journal, clock } = this.#deps;
    if (!verify(session.hubPub, contextBytes("cmd", [frame.c, frame.d]), fromBase64url(frame.sig))) return "unproven";
    const core = parseCommandCore(frame.c);
    const delivery = parseCommandDelivery(frame.d);
    if (core === undefined || delivery === undefined) return "unproven";
    const coreSha256 = sha256Hex(frame.c);
    const { cmd } = core;

    const known = journal.find(cmd);
    if (known !== undefined && known.coreSha256 !== coreSha256) {
      const detail = "another command with this id is in the journal";
      const at = clock.now();
      const result = { cmd, outcome: "refused", detail, startedAt: at, endedAt: at } as const;
      return { answer: Promise.resolve({ is: "ended", result }) };
    }
    const earlier = this.#runner.answerTo(cmd);
    if (earlier !== undefined) return { answer: earlier };

    const place = { epoch: delivery.epoch, seq: delivery.seq };
    const origin: CommandOrigin = { coreSha256, place, keys: session.keys };
    const refuse = async (why: string, from: CommandOrigin): Promise<TakenAction> => {
      const answer = await this.#runner.refuse({ cmd, action: core.action, actor: core.actor.name }, why, from);
      return { answer: Promise.resolve(answer) };
    };
    const undeliverable = this.#deliveryProblem(core, delivery, session);
    if (undeliverable !== undefined) return refuse(undeliverable, { ...origin, place: journal.place });
    if (!isKnownAction(core.action)) return refuse(`this agent knows no action ${core.action}`, origin);
    const action = { name: core.action as ActionName, args: core.args as ActionArgs };
    const leftMs = Math.max(0, core.notAfter - (session.hubClock.now() ?? core.notAfter));
    const beginByMs = clock.monotonic() + leftMs;
    return this.#runner.accept({ cmd, action, actor: core.actor.name, beginByMs }, origin);
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
}

import { decide } from "@muster/core";
import type { ActionArgs, ActionName, Clock, LoadedPolicy, Logger } from "@muster/core";
import { fromBase64url, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, CommandDelivery, CommandFrame, ResultBody, ResultFrame } from "@muster/protocol";
import type { CommandAnswer, CommandSession } from "../wire/command-session.ts";
import { isKnownAction, parseCommandCore, parseCommandDelivery } from "../wire/hub-frames.ts";
import { execute } from "./execute.ts";
import { isLater } from "./journal.ts";
import type { Journal } from "./journal.ts";

/** A delivery may have been made this long before the hub's present. */
const EARLY_MS_MAX = 30_000;
const WINDOW_MS_MAX = 120_000;

export interface CommandDeskDeps {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** The policy as the file is at this moment. */
  readonly policy: () => Promise<LoadedPolicy>;
}

/**
 * Gates 6, 7, 9 and 11 of a command (security.md 2.3): who sent it and for whom, the server's own policy, the journal
 * before the effect, the signed outcome after it. One command at a time, in the order of arrival.
 */
export class CommandDesk {
  readonly #deps: CommandDeskDeps;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: CommandDeskDeps) {
    this.#deps = deps;
  }

  take(frame: CommandFrame, session: CommandSession): Promise<CommandAnswer> {
    const answer = this.#queue.then(() => this.#handle(frame, session));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** Results the hub has not confirmed. Commands that a crash left unfinished get theirs here: nobody knows it. */
  waitingResults(keys: KeyPair): readonly ResultFrame[] {
    const { journal, clock } = this.#deps;
    for (const { cmd, startedAt } of journal.unfinished()) {
      const detail = "the agent stopped while this ran; what came of it is not known, and it is not repeated";
      journal.end(cmd, signed({ cmd, outcome: "unknown", detail, startedAt, endedAt: clock.now() }, keys));
    }
    return journal.unacknowledged().flatMap(({ result }) => (result ? [{ t: "result", ...result }] : []));
  }

  acknowledge(cmd: string): void {
    this.#deps.journal.acknowledge(cmd);
  }

  /** Until the command in hand has ended. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  async #handle(frame: CommandFrame, session: CommandSession): Promise<CommandAnswer> {
    const { journal, clock, log, policy } = this.#deps;
    if (!verify(session.hubPub, contextBytes("cmd", [frame.c, frame.d]), fromBase64url(frame.sig)))
      return { is: "unproven" };
    const core = parseCommandCore(frame.c);
    const delivery = parseCommandDelivery(frame.d);
    if (core === undefined || delivery === undefined) return { is: "unproven" };
    const coreSha256 = sha256Hex(frame.c);
    const { cmd } = core;

    const known = journal.find(cmd);
    if (known !== undefined) {
      if (known.result !== undefined && known.coreSha256 === coreSha256)
        return { is: "result", frame: { t: "result", ...known.result } };
      const detail = "another command with this id is in the journal";
      const at = clock.now();
      return resultFrame({ cmd, outcome: "refused", detail, startedAt: at, endedAt: at }, session.keys);
    }

    const place = { epoch: delivery.epoch, seq: delivery.seq };
    const startedAt = clock.now();
    const refuse = (detail: string, keepPlace: boolean): CommandAnswer => {
      journal.begin({ cmd, coreSha256, startedAt }, keepPlace ? journal.place : place);
      log.warn("a command was refused", { cmd, action: core.action, actor: core.actor.name, why: detail });
      return this.#end({ cmd, outcome: "refused", detail, startedAt, endedAt: clock.now() }, session.keys);
    };
    const undeliverable = this.#deliveryProblem(core, delivery, session);
    if (undeliverable !== undefined) return refuse(undeliverable, true);
    if (!isKnownAction(core.action)) return refuse(`this agent knows no action ${core.action}`, false);
    const action = { name: core.action as ActionName, args: core.args as ActionArgs };
    const loaded = await policy();
    // Limits count by this machine's own clock: the hub could push its clock ahead and so empty every window.
    const decision = decide(loaded, action, (entry) => journal.usesOf(JSON.stringify(entry)), startedAt);
    if (!decision.allow) return refuse(`policy: ${decision.why}`, false);
    const entry = loaded.policy.allow[decision.entry];
    journal.begin(
      { cmd, coreSha256, startedAt, ...(entry === undefined ? {} : { allowedBy: JSON.stringify(entry) }) },
      place,
    );
    const { outcome, detail } = await execute(action, clock);
    log.info("a command was executed", { cmd, action: core.action, actor: core.actor.name, outcome });
    return this.#end({ cmd, outcome, detail, startedAt, endedAt: clock.now() }, session.keys);
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

  #end(body: ResultBody, keys: KeyPair): CommandAnswer {
    const result = signed(body, keys);
    this.#deps.journal.end(body.cmd, result);
    return { is: "result", frame: { t: "result", ...result } };
  }
}

const resultFrame = (body: ResultBody, keys: KeyPair): CommandAnswer => ({
  is: "result",
  frame: { t: "result", ...signed(body, keys) },
});

function signed(result: ResultBody, keys: KeyPair): { readonly body: string; readonly sig: string } {
  const body = JSON.stringify(result);
  return { body, sig: toBase64url(sign(keys.privateKey, contextBytes("result", [body]))) };
}

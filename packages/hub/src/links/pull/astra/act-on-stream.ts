import { wait } from "@muster/core";
import type { AstraLook, ChannelVerb, Clock, Execution } from "@muster/core";
import { PullFailure } from "../pull-adapter.ts";
import type { AstraBox } from "./astra-box.ts";

/** How long an effect may take until it shows. */
const OBSERVED_WITHIN_MS = 30_000;
/** A restart shows as a gap of a second or less. */
const LOOK_EVERY_MS = 400;
const WITHIN = `within ${OBSERVED_WITHIN_MS / 1_000} s`;

export interface StreamAction {
  readonly box: AstraBox;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A stream as it was found; `failure`: it could not be looked at. */
type Looked = AstraLook | { readonly failure: string };

/** Judges the looks after an effect. */
interface Proof {
  /** Undefined while it cannot be told yet. */
  take(look: AstraLook): Execution | undefined;
  /** When the time is over. */
  atEnd(last: AstraLook): Execution;
}

const succeeded = (detail: string): Execution => ({ outcome: "succeeded", detail });
const failed = (detail: string): Execution => ({ outcome: "failed", detail });
const unknown = (detail: string): Execution => ({ outcome: "unknown", detail });

/**
 * Starts, stops or restarts a stream. The only verb for on and off turns it over, so what it is now is looked at first, and
 * nothing is ever sent twice: a second one would undo the first.
 */
export async function actOnStream(verb: ChannelVerb, id: string, action: StreamAction): Promise<Execution> {
  const before = await looked(id, action);
  if ("failure" in before) return failed(`${before.failure} Nothing was sent.`);
  const { isOn } = before.stream;
  const said = before.service.rawState;
  if (isOn === undefined) return failed("it is not told whether it is turned on; nothing was sent");
  if (verb === "start" && isOn) return succeeded(`it ran already: ${said}`);
  if (verb === "stop" && !isOn) return succeeded("it was stopped already");
  if (verb === "stop") return observed("toggle-stream", id, stopProof, action);
  if (!isOn) return observed("toggle-stream", id, startProof(), action);
  if (before.air === "idle") return failed(`nothing of it runs that could be restarted (${said}); nothing was sent`);
  return observed("restart-stream", id, restartProof(before), action);
}

async function observed(
  cmd: "restart-stream" | "toggle-stream",
  id: string,
  proof: Proof,
  action: StreamAction,
): Promise<Execution> {
  const { box, clock, signal } = action;
  const sentMs = clock.monotonic();
  const answer = await box.control(cmd, id, signal);
  if (answer.is === "denied") return { outcome: "refused", detail: answer.detail };
  if (answer.is === "failed") return failed(`nothing was done: ${answer.detail}`);
  let last: Looked | undefined;
  while (clock.monotonic() - sentMs < OBSERVED_WITHIN_MS) {
    last = await looked(id, action);
    if (signal.aborted) break;
    const verdict = "failure" in last ? undefined : proof.take(last);
    if (verdict !== undefined) return verdict;
    await wait(clock, LOOK_EVERY_MS, signal);
  }
  if (signal.aborted) return unknown(`nobody waits for it any more; ${cmd} was sent`);
  if (last === undefined || "failure" in last) return unknown(`${cmd} was sent; since then it cannot be read`);
  return proof.atEnd(last);
}

const stopProof: Proof = {
  take: ({ air }) => (air === "turned-off" ? succeeded("it is off") : undefined),
  atEnd: ({ service }) => failed(`it was not turned off ${WITHIN}: it is ${service.rawState}`),
};

function startProof(): Proof {
  let wasOn = false;
  return {
    take({ air, service }) {
      if (air === "turned-off") return wasOn ? failed("it was turned on, and off again at once") : undefined;
      wasOn = true;
      if (air === "idle") return succeeded(`it is turned on: ${service.rawState}`);
      return air === "on-air" ? succeeded(`a new run: ${service.rawState}`) : undefined;
    },
    atEnd: (last) => (last.air === "turned-off" ? failed(`it was not turned on ${WITHIN}`) : notOnAir(last)),
  };
}

/** Only a gap proves a restart: one that was on air and is so at every look may not have been touched. */
function restartProof(before: AstraLook): Proof {
  let isBroken = before.air === "off-air";
  return {
    take({ air, service }) {
      if (air === "turned-off") return failed("it was turned off meanwhile");
      if (air === "off-air") isBroken = true;
      return isBroken && air === "on-air" ? succeeded(`a new run: ${service.rawState}`) : undefined;
    },
    atEnd: (last) =>
      last.air === "on-air"
        ? unknown(
            `it is ${last.service.rawState}, and no look found it off air: whether it was restarted cannot be told`,
          )
        : notOnAir(last),
  };
}

function notOnAir({ air, service }: AstraLook): Execution {
  if (air === "unknown") return unknown("it is not told whether it is on air");
  if (air === "idle") return unknown(`nobody watches it any more: ${service.rawState}`);
  return failed(`it is turned on, but not on air ${WITHIN}: it is ${service.rawState}`);
}

async function looked(id: string, { box, signal }: StreamAction): Promise<Looked> {
  try {
    return (await box.lookAt(id, signal)) ?? { failure: "There is no such stream." };
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    return { failure: error.message };
  }
}

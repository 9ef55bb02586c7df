import { wait } from "@muster/core";
import type { AstraLook, AstraStream, ChannelVerb, Clock, Execution } from "@muster/core";
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
type Looked = (AstraLook & { readonly stream: AstraStream }) | { readonly failure: string };
type Found = Exclude<Looked, { readonly failure: string }>;

/** Judges the looks after an effect. */
interface Proof {
  /** Undefined while it cannot be told yet. */
  take(found: Found): Execution | undefined;
  /** When the time is over. */
  atEnd(last: Found): Execution;
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
  if (isIdle(before)) return failed(`nothing of it runs that could be restarted (${said}); nothing was sent`);
  return observed("restart-stream", id, restartProof(isOnAir(before)), action);
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

const isOnAir = ({ service }: Found): boolean => service.health === "healthy";
/** Turned on, but only sending while somebody watches. */
const isIdle = ({ status }: Found): boolean => status?.isActive === false;

const stopProof: Proof = {
  take: ({ stream }) => (stream.isOn === false ? succeeded("it is off") : undefined),
  atEnd: ({ service }) => failed(`it was not turned off ${WITHIN}: it is ${service.rawState}`),
};

function startProof(): Proof {
  let wasOn = false;
  return {
    take(found) {
      const { stream, service } = found;
      if (stream.isOn === false) return wasOn ? failed("it was turned on, and off again at once") : undefined;
      wasOn = true;
      if (isIdle(found)) return succeeded(`it is turned on: ${service.rawState}`);
      return isOnAir(found) ? succeeded(`a new run: ${service.rawState}`) : undefined;
    },
    atEnd: ({ stream, service }) =>
      failed(
        stream.isOn === false
          ? `it was not turned on ${WITHIN}`
          : `it is turned on, but not on air ${WITHIN}: it is ${service.rawState}`,
      ),
  };
}

/** Only a gap proves a restart: one that was on air and is so at every look may not have been touched. */
function restartProof(wasOnAir: boolean): Proof {
  let isBroken = !wasOnAir;
  return {
    take(found) {
      if (found.stream.isOn === false) return failed("it was turned off meanwhile");
      if (!isOnAir(found)) isBroken = true;
      return isBroken && isOnAir(found) ? succeeded(`a new run: ${found.service.rawState}`) : undefined;
    },
    atEnd(last) {
      const said = last.service.rawState;
      if (isOnAir(last))
        return unknown(`it is ${said}, and was so at every look: whether it was restarted cannot be told`);
      return isIdle(last)
        ? unknown(`nobody watches it any more: ${said}`)
        : failed(`it is not on air ${WITHIN}: it is ${said}`);
    },
  };
}

async function looked(id: string, { box, signal }: StreamAction): Promise<Looked> {
  try {
    return (await box.lookAt(id, signal)) ?? { failure: "There is no such stream." };
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    return { failure: error.message };
  }
}

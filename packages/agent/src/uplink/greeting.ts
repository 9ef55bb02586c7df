import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { toBase64url } from "@muster/node-kit";
import { HANDSHAKE_TIMEOUT_MS, PROTOCOL_VERSIONS, CLOSE } from "@muster/protocol";
import type { HubFrame } from "@muster/protocol";
import type { Channel, OpenChannel, TlsPeer } from "./channel.ts";
import { parseHubFrame } from "../wire/hub-frames.ts";
import { verifyHello } from "./trust.ts";
import type { Pin, VerifiedHub } from "./trust.ts";

/** A connection whose other end has proved to be our hub. */
export interface TrustedChannel {
  readonly channel: Channel;
  readonly hub: VerifiedHub;
  readonly agentNonce: Uint8Array;
  readonly isClockBehind: boolean;
}

export interface GreetingDeps {
  readonly clock: Clock;
  readonly open: OpenChannel;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** The hub closed. What a close code means is believed only of a hub that has proved itself. */
export class ClosedByHub extends Error {
  readonly code: number;
  readonly reason: string;
  readonly isProven: boolean;

  /** What it said before it closed, for people. */
  readonly refusal: string | undefined;

  constructor(code: number, reason: string, isProven: boolean, refusal?: string) {
    super(`the hub closed with ${code}${reason === "" ? "" : ` (${reason})`}${refusal ? `: ${refusal}` : ""}`);
    this.refusal = refusal;
    this.code = code;
    this.reason = reason;
    this.isProven = isProven;
  }
}

/**
 * Connects and makes the other side prove itself. Until that is done the agent has sent its nonce and the versions it
 * speaks, nothing else. Throws HUB_UNREACHABLE, HUB_NOT_TRUSTED or `ClosedByHub`.
 */
export async function greet(
  address: string,
  pin: Pin,
  floorAt: number,
  { clock, open, randomBytes }: GreetingDeps,
  signal: AbortSignal,
): Promise<TrustedChannel> {
  let channel: Channel;
  try {
    channel = await open(address);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new MusterError("HUB_UNREACHABLE", { message: `The hub cannot be reached: ${why}` }, cause);
  }
  try {
    signal.throwIfAborted();
    const agentNonce = randomBytes(32);
    const begin = { t: "begin", versions: PROTOCOL_VERSIONS, agentNonce: toBase64url(agentNonce) };
    const hello = await exchange(channel, JSON.stringify(begin), clock, signal, false);
    if (hello.t !== "hello") throw distrusted("it did not greet");
    const verdict = verifyHello(hello, agentNonce, pin, { wallAt: clock.now(), floorAt });
    if (!verdict.ok) throw distrusted(verdict.why);
    const tlsProblem = tlsProblemOf(channel.peer, verdict.hub.body.tlsPins);
    if (tlsProblem !== undefined) throw distrusted(tlsProblem);
    return { channel, hub: verdict.hub, agentNonce, isClockBehind: verdict.isClockBehind };
  } catch (error) {
    channel.terminate();
    throw error;
  }
}

const distrusted = (why: string): MusterError =>
  new MusterError("HUB_NOT_TRUSTED", { message: `The hub is not trusted, nothing was sent to it: ${why}.` });

/** Somebody in the middle could pass the greeting through; the TLS key must therefore be one that the hub vouches for. */
function tlsProblemOf(peer: TlsPeer, pins: readonly string[]): string | undefined {
  if (peer.is === "none" || peer.isVerified || (peer.spkiSha256 !== "" && pins.includes(peer.spkiSha256)))
    return undefined;
  return `its TLS certificate is not valid (${peer.why}) and not one that the hub vouches for`;
}

/** Sends a frame and waits for the one that answers. A refusal is told when the hub closes, with the code it gives. */
export function exchange(
  channel: Channel,
  frame: string,
  clock: Clock,
  signal: AbortSignal,
  isProven: boolean,
): Promise<HubFrame> {
  return new Promise((resolve, reject) => {
    let refusal: string | undefined;
    const finish = (settle: () => void): void => {
      timer.cancel();
      signal.removeEventListener("abort", abort);
      // What follows at once is for whoever listens next.
      channel.listen(undefined);
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason as Error));
    const timer = clock.after(HANDSHAKE_TIMEOUT_MS, () =>
      finish(() => reject(new MusterError("HUB_UNREACHABLE", { message: "The hub does not answer in time." }))),
    );
    signal.addEventListener("abort", abort, { once: true });
    channel.listen({
      message(message) {
        const answer = typeof message === "string" ? parseHubFrame(message) : undefined;
        if (answer?.t === "refused") return void (refusal = answer.message);
        if (answer !== undefined && answer.t !== "unknown") return finish(() => resolve(answer));
        channel.close(CLOSE.protocol);
        finish(() => reject(distrusted("its answer is no frame of the protocol")));
      },
      closed: (code, reason) => finish(() => reject(new ClosedByHub(code, reason, isProven, refusal))),
    });
    channel.send(frame);
  });
}

import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { toBase64url } from "@muster/node-kit";
import { HANDSHAKE_TIMEOUT_MS, PROTOCOL_VERSIONS, CLOSE } from "@muster/protocol";
import type { HelloBody, HubFrame } from "@muster/protocol";
import { openChannel } from "./channel.ts";
import type { Channel, ChannelPeer } from "./channel.ts";
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
  readonly randomBytes: (count: number) => Uint8Array;
}

/**
 * Finds the hub and makes it prove itself. `hubUrl` is where it is dialled, `floorAt` an instant that no right clock is
 * below. Throws HUB_UNREACHABLE, HUB_NOT_TRUSTED, `ClosedByHub`, or what the signal was aborted with.
 */
export type MeetHub = (hubUrl: string, pin: Pin, floorAt: number, signal: AbortSignal) => Promise<TrustedChannel>;

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

/** Meets the hub by dialling it. */
export const dialHub =
  (deps: GreetingDeps): MeetHub =>
  async (hubUrl, pin, floorAt, signal) => {
    let channel: Channel;
    try {
      channel = await openChannel(hubUrl);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new MusterError("HUB_UNREACHABLE", { message: `The hub cannot be reached: ${why}` }, cause);
    }
    return greet(channel, pin, floorAt, deps, signal);
  };

/**
 * Makes the other side prove itself, whoever dialled. Until that is done the agent has sent its nonce and the versions it
 * speaks, nothing else. Ends the connection and throws as `MeetHub` does.
 */
export async function greet(
  channel: Channel,
  pin: Pin,
  floorAt: number,
  { clock, randomBytes }: GreetingDeps,
  signal: AbortSignal,
): Promise<TrustedChannel> {
  try {
    signal.throwIfAborted();
    const agentNonce = randomBytes(32);
    const begin = { t: "begin", versions: PROTOCOL_VERSIONS, agentNonce: toBase64url(agentNonce) };
    const hello = await exchange(channel, JSON.stringify(begin), clock, signal, false);
    if (hello.t !== "hello") throw distrusted("it did not greet");
    const verdict = verifyHello(hello, agentNonce, pin, { wallAt: clock.now(), floorAt });
    if (!verdict.ok) throw distrusted(verdict.why);
    const problem = carrierProblem(channel.peer, verdict.hub.body);
    if (problem !== undefined) throw distrusted(problem);
    return { channel, hub: verdict.hub, agentNonce, isClockBehind: verdict.isClockBehind };
  } catch (error) {
    channel.terminate();
    throw error;
  }
}

const distrusted = (why: string): MusterError =>
  new MusterError("HUB_NOT_TRUSTED", { message: `The hub is not trusted, nothing was sent to it: ${why}.` });

/**
 * Somebody in the middle could pass the greeting through. So the TLS key must be one that the hub vouches for, and the hub
 * must say that it dialled exactly where it did: or whoever reaches both sides could dial both and stand between them.
 */
function carrierProblem(peer: ChannelPeer, { dialled = false, tlsPins }: HelloBody): string | undefined {
  if (dialled !== (peer.is === "caller"))
    return dialled ? "it says that it dialled, which it did not" : "it did not make this connection itself";
  if (peer.is !== "tls" || peer.isVerified || (peer.spkiSha256 !== "" && tlsPins.includes(peer.spkiSha256)))
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
    // Aborted while something else was waited for, such as the policy.
    if (signal.aborted) return reject(signal.reason as Error);
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

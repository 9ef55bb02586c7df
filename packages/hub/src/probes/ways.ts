import { hostPort, isMusterError, MusterError } from "@muster/core";
import type { ProgramEnd } from "@muster/core";
import { parseHttpUrl, parseTarget, targetText } from "@muster/node-kit";
import type { Egress, EgressFailed, EgressFailure, Over } from "@muster/node-kit";
import type { ProgramItem } from "@muster/protocol";
import type { PingAsked, ProbeWay, WayLoss } from "./probe-kind.ts";
import { runPing } from "./run-ping.ts";

/**
 * There is no way to what a probe looks at: the server on it is not there, or the hub itself may not go there. That says
 * nothing of the target.
 */
export class WayDown extends Error {
  override readonly name = "WayDown";
}

/** Failures that are the hub's own: it asked for nothing. */
const OWN_FAILURES: readonly EgressFailure[] = ["not-valid", "blocked", "rate-limited"];

/** What came of going out. Throws WayDown where the hub did not. */
function gone<T extends { readonly ok: true }>(answer: T | EgressFailed): T | EgressFailed {
  if (!answer.ok && OWN_FAILURES.includes(answer.failure)) throw new WayDown(answer.detail);
  return answer;
}

export interface WayDeps {
  readonly egress: Egress;
  /**
   * The way over a server: by its SSH connection, or by its agent. Rejects when the server is not reached; what it gives
   * throws a MusterError where the server refuses, and anything else where the target is not reached from there. A
   * connection that is lost with the way, and not by the target, fails with SERVER_OFFLINE.
   */
  readonly over: (serverId: string, signal: AbortSignal) => Promise<Over>;
  /** What a server says of a program of its policy; throws a MusterError where it does not run it to its end. */
  readonly program: (serverId: string, name: string, signal: AbortSignal) => AsyncIterable<ProgramItem>;
  /** The same of its `ping`, at a host of its policy. */
  readonly ping: (serverId: string, asked: PingAsked, signal: AbortSignal) => AsyncIterable<ProgramItem>;
}

/** Pings have no port; whether an address is open to them is asked for the one of echoes by TCP. */
const ECHO_PORT = 7;

/**
 * The way of one probe. `via`: a server by which it goes out, null for the hub itself. `account`: whose attempts are
 * counted by themselves; undefined for trials, which share theirs.
 */
export function wayOf(
  { egress, over: overOf, program, ping }: WayDeps,
  via: string | null,
  account: string | undefined,
): ProbeWay {
  const own = { purpose: "probe", ...(account !== undefined && { account }) } as const;
  const opened = (target: string | undefined): readonly string[] => (target === undefined ? [] : [target]);
  const ofUrl = (url: string): readonly string[] => {
    const target = parseHttpUrl(url)?.target;
    return opened(target && targetText(target));
  };
  const ofPort = (host: string, port: number): readonly string[] => {
    const target = parseTarget(host, port);
    return opened(target === undefined ? hostPort(host, port) : targetText(target));
  };
  const addresses: ProbeWay["addresses"] = async (host, port, signal) =>
    gone(await egress.addresses({ ...own, opened: ofPort(host, port), host, port }, signal));
  if (via === null)
    return {
      via: undefined,
      loss: () => undefined,
      request: async (request, signal) =>
        gone(await egress.request({ ...request, ...own, opened: ofUrl(request.url) }, signal)),
      connect: async (host, port, signal) =>
        gone(await egress.connect({ ...own, opened: ofPort(host, port), host, port }, signal)),
      addresses,
      ping: async ({ host, packets }, signal) => {
        const found = await addresses(host, ECHO_PORT, signal);
        return found.ok ? runPing({ host: found.addresses[0]!, packets }, signal) : found;
      },
      program: () => Promise.reject(new WayDown("A program is run by a server; choose one to look from.")),
    };
  let loss: WayLoss | undefined;
  /** Runs with a way over the server, and tells apart who is down. */
  const over = async <T extends { readonly ok: true }>(
    work: (over: Over) => Promise<T | EgressFailed>,
  ): Promise<T | EgressFailed> => {
    let down: string | undefined;
    const answer = await work(async (host, port, signal) => {
      const dial = await overOf(via, signal).catch((error: Error) => {
        down = signal.aborted ? "The server on the way is not reached in time." : error.message;
        throw error;
      });
      const stream = await dial(host, port, signal).catch((error: unknown) => {
        if (error instanceof MusterError) down = error.message;
        throw error;
      });
      // The first to listen: whoever talks over it is told after this.
      stream.once("error", (error) => {
        if (isMusterError(error, "SERVER_OFFLINE")) loss = { why: (down = error.message) };
      });
      return stream;
    });
    if (!answer.ok && down !== undefined) throw new WayDown(down);
    return gone(answer);
  };
  return {
    via,
    loss: () => loss,
    request: (request, signal) =>
      over((by) => egress.request({ ...request, ...own, opened: ofUrl(request.url), over: by }, signal)),
    connect: (host, port, signal) =>
      over((by) => egress.connectOver({ ...own, opened: ofPort(host, port), host, port, over: by }, signal)),
    // What is looked up on a server stays there: a kind that needs addresses is not offered one to go by.
    addresses: () => Promise.reject(new WayDown("Only connections go by way of a server.")),
    ping: async (asked, signal) => {
      try {
        const { stdout, stderr } = await endOfProgram(ping(via, asked, signal), signal);
        return { is: "exited", output: stdout, errorOutput: stderr };
      } catch (error) {
        if (error instanceof WayDown || !signal.aborted) throw error;
        return { is: "cut" };
      }
    },
    program: (name, signal) => endOfProgram(program(via, name, signal), signal),
  };
}

/** How a program ended. Throws WayDown where nothing is known of it, and what the signal says where it did not end in time. */
async function endOfProgram(said: AsyncIterable<ProgramItem>, signal: AbortSignal): Promise<ProgramEnd> {
  let hasStarted = false;
  try {
    for await (const item of said) {
      if (!("started" in item)) return item;
      hasStarted = true;
    }
  } catch (error) {
    if (error instanceof MusterError) throw new WayDown(error.message);
    throw error;
  }
  if (signal.aborted && hasStarted) throw signal.reason;
  throw new WayDown(
    signal.aborted ? "The server on the way is not reached in time." : "The server did not say how it ended.",
  );
}

/** What work over a way came to. Throws WayDown where it went ill and the way was lost meanwhile. */
export async function overWay<T>(
  { loss }: Pick<ProbeWay, "loss">,
  work: () => Promise<T>,
  wentWell: (done: T) => boolean,
): Promise<T> {
  const before = loss();
  const checkLoss = (): void => {
    const now = loss();
    if (now !== undefined && now !== before) throw new WayDown(now.why);
  };
  let done: T;
  try {
    done = await work();
  } catch (error) {
    checkLoss();
    throw error;
  }
  if (!wentWell(done)) checkLoss();
  return done;
}

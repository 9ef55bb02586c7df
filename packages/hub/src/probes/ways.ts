import { hostPort, MusterError } from "@muster/core";
import { EGRESS_FAILURES, parseHttpUrl, parseTarget, targetText } from "@muster/node-kit";
import type { Egress, Over } from "@muster/node-kit";
import type { ProbeWay } from "./probe-kind.ts";

/** The server from where a probe looks is not there: that says nothing of what it looks at. */
export class WayDown extends Error {
  override readonly name = "WayDown";
}

export interface WayDeps {
  readonly egress: Egress;
  /**
   * The way over a server: by its SSH connection, or by its agent. Rejects when the server is not reached; what it gives
   * throws a MusterError where the server refuses, and anything else where the target is not reached from there.
   */
  readonly over: (serverId: string, signal: AbortSignal) => Promise<Over>;
}

/**
 * The way of one probe. `via`: a server by which it goes out, null for the hub itself. `account`: whose attempts are
 * counted by themselves; undefined for trials, which share theirs.
 */
export function wayOf({ egress, over: overOf }: WayDeps, via: string | null, account: string | undefined): ProbeWay {
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
  if (via === null)
    return {
      via: undefined,
      request: (request, signal) => egress.request({ ...request, ...own, opened: ofUrl(request.url) }, signal),
      connect: (host, port, signal) => egress.connect({ ...own, opened: ofPort(host, port), host, port }, signal),
      addresses: (host, port, signal) => egress.addresses({ ...own, opened: ofPort(host, port), host, port }, signal),
    };
  /** Runs with a way over the server, and tells apart who is down. */
  const over = async <T>(work: (over: Over) => Promise<T>): Promise<T> => {
    let down: string | undefined;
    const answer = await work(async (host, port, signal) => {
      const dial = await overOf(via, signal).catch((error: Error) => {
        down = signal.aborted ? "The server on the way is not reached in time." : error.message;
        throw error;
      });
      return dial(host, port, signal).catch((error: unknown) => {
        if (error instanceof MusterError) down = error.message;
        throw error;
      });
    });
    if (down !== undefined) throw new WayDown(down);
    return answer;
  };
  return {
    via,
    request: (request, signal) =>
      over((by) => egress.request({ ...request, ...own, opened: ofUrl(request.url), over: by }, signal)),
    connect: (host, port, signal) =>
      over((by) => egress.connectOver({ ...own, opened: ofPort(host, port), host, port, over: by }, signal)),
    // Only connections go by SSH, and kinds that need more are not offered a server to go by.
    addresses: () => Promise.resolve({ ok: false, failure: "blocked", detail: EGRESS_FAILURES.blocked, durationMs: 0 }),
  };
}

import type { ProcessTable } from "@muster/core";
import type { CallFrame, Calls, ReplyFrame, WireProcess } from "@muster/protocol";
import { AGENT_LIMITS, FOCUS_LEASE_MS } from "@muster/protocol";

export interface CallTargets {
  readonly readProcesses: (limit: number) => Promise<ProcessTable>;
  readonly focus: (forMs: number) => number;
  /** Bounds what it is asked, and returns what holds from now on. */
  readonly setInterval: (intervalMs: number) => number;
}

/** Calls that may be answered at one time; more are refused. */
const OPEN_CALLS_MAX = 16;
const PROCESSES_MAX = 2_000;
/** A list above this is cut: it must fit into one frame with room to spare. */
const LIST_BYTES_MAX = AGENT_LIMITS.frameBytesMax / 2;

/** The calls of one session that are being answered. */
export class OpenCalls {
  readonly #targets: CallTargets;
  #count = 0;

  constructor(targets: CallTargets) {
    this.#targets = targets;
  }

  /** Never rejects. */
  async answer(call: CallFrame): Promise<ReplyFrame> {
    if (this.#count >= OPEN_CALLS_MAX)
      return { t: "reply", id: call.id, ok: false, error: "too many calls at one time" };
    this.#count++;
    const reply = await answerCall(call, this.#targets);
    this.#count--;
    return reply;
  }
}

/** Answers what the hub asks. Calls read or tune telemetry; nothing here changes the server. Never rejects. */
async function answerCall(call: CallFrame, targets: CallTargets): Promise<ReplyFrame> {
  const { id } = call;
  const fail = (error: string): ReplyFrame => ({ t: "reply", id, ok: false, error });
  const params = (typeof call.params === "object" && call.params !== null ? call.params : {}) as Record<
    string,
    unknown
  >;
  const whole = (name: string, least: number, most: number): number | undefined => {
    const value = params[name];
    return Number.isSafeInteger(value) && (value as number) >= 1
      ? Math.min(Math.max(value as number, least), most)
      : undefined;
  };
  try {
    switch (call.name) {
      case "processes.list": {
        const limit = whole("limit", 1, PROCESSES_MAX);
        if (limit === undefined) return fail("limit must be a whole number from 1");
        return { t: "reply", id, ok: true, result: wireTable(await targets.readProcesses(limit)) };
      }
      case "focus": {
        const forMs = whole("forMs", 1, FOCUS_LEASE_MS);
        if (forMs === undefined) return fail("forMs must be a whole number from 1");
        return { t: "reply", id, ok: true, result: { intervalMs: targets.focus(forMs) } };
      }
      case "interval": {
        const intervalMs = whole("intervalMs", 1, Number.MAX_SAFE_INTEGER);
        if (intervalMs === undefined) return fail("intervalMs must be a whole number from 1");
        return { t: "reply", id, ok: true, result: { intervalMs: targets.setInterval(intervalMs) } };
      }
      default:
        return fail("unsupported");
    }
  } catch (error) {
    return fail((error instanceof Error ? error.message : String(error)).slice(0, 1_000));
  }
}

function wireTable({ at, total, processes }: ProcessTable): Calls["processes.list"]["result"] {
  const wire: WireProcess[] = [];
  let bytes = 0;
  for (const each of processes) {
    const entry: WireProcess = {
      pid: each.pid,
      ppid: each.ppid,
      name: each.name.slice(0, 256),
      commandLine: each.commandLine.slice(0, 512),
      user: each.user.slice(0, 64),
      state: each.state,
      cpuRatio: each.cpuRatio,
      residentBytes: each.residentBytes,
      threads: each.threads,
      startedAt: each.startedAt,
      startTicks: each.startTicks,
    };
    bytes += JSON.stringify(entry).length;
    if (bytes > LIST_BYTES_MAX) break;
    wire.push(entry);
  }
  return { at, total, processes: wire };
}

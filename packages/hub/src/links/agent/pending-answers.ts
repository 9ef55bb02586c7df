import { deadline, MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { toBase64url } from "@muster/node-kit";
import { definitionsSchema, ledgerSchema, processesSchema } from "@muster/protocol";
import type { CallName, Calls, ReplyFrame } from "@muster/protocol";
import type { FleetKeys } from "../../keys/fleet-keys.ts";
import type { SessionLine } from "./session-line.ts";

const COMMAND_WINDOW_MS = 60_000;
const REPLY_SCHEMAS = {
  "processes.list": processesSchema,
  "ledger.read": ledgerSchema,
  "definitions.list": definitionsSchema,
} as const;

export interface PendingAnswersDeps {
  readonly clock: Clock;
  readonly keys: FleetKeys;
  /** Restores raise it; agents refuse a lower one. */
  readonly epoch: number;
  readonly sessionId: string;
  readonly line: Pick<SessionLine, "send">;
}

/** What the hub asked one agent in one session, and who waits for the answers. */
export class PendingAnswers {
  readonly #deps: PendingAnswersDeps;
  #nextCallId = 1;
  readonly #calls = new Map<number, (reply: ReplyFrame) => void>();
  readonly #onEnd = new Set<AbortController>();

  constructor(deps: PendingAnswersDeps) {
    this.#deps = deps;
  }

  /** Throws SERVER_OFFLINE when the connection ends first, ACTION_TIMED_OUT when the signal aborts first. */
  async call<K extends CallName>(
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]> {
    const id = this.#nextCallId++;
    const reply = await this.#answer<ReplyFrame>(
      (settle) => this.#calls.set(id, settle),
      () => this.#calls.delete(id),
      () => this.#deps.line.send({ t: "call", id, name, params }),
      signal,
    );
    if (!reply.ok) throw new MusterError("INTERNAL", { message: "The agent could not answer." }, reply.error);
    const schema = name in REPLY_SCHEMAS ? REPLY_SCHEMAS[name as keyof typeof REPLY_SCHEMAS] : undefined;
    const parsed = schema?.safeParse(reply.result);
    if (parsed && !parsed.success)
      throw new MusterError("INTERNAL", { message: "The agent's answer has a wrong form." }, parsed.error);
    return (parsed ? parsed.data : reply.result) as unknown as Calls[K]["result"];
  }

  /** Sends one command, made for this session and a short time. Its result comes whenever the server has one. */
  sendCommand(core: string, audit: { readonly seq: number; readonly hash: string }, seq: number): void {
    const { clock, keys, epoch, sessionId, line } = this.#deps;
    const now = clock.now();
    const d = JSON.stringify({ session: sessionId, epoch, seq, iat: now, exp: now + COMMAND_WINDOW_MS, audit });
    line.send({ t: "cmd", c: core, d, sig: toBase64url(keys.sign("cmd", [core, d])) });
  }

  takeReply(frame: ReplyFrame): void {
    this.#calls.get(frame.id)?.(frame);
  }

  /** The connection ended: nobody will answer. */
  end(): void {
    for (const ended of this.#onEnd) ended.abort();
  }

  async #answer<T>(
    register: (settle: (value: T) => void) => void,
    forget: () => void,
    ask: () => void,
    signal: AbortSignal,
  ): Promise<T> {
    const limit = deadline(this.#deps.clock, COMMAND_WINDOW_MS, signal);
    const ended = new AbortController();
    this.#onEnd.add(ended);
    try {
      return await new Promise<T>((resolve, reject) => {
        // A signal that aborted before tells nobody who listens only now.
        if (limit.signal.aborted) throw new MusterError("ACTION_TIMED_OUT");
        limit.signal.addEventListener("abort", () => reject(new MusterError("ACTION_TIMED_OUT")), { once: true });
        ended.signal.addEventListener(
          "abort",
          () =>
            reject(
              new MusterError("SERVER_OFFLINE", { message: "The connection to the server ended before it answered." }),
            ),
          { once: true },
        );
        register(resolve);
        ask();
      });
    } finally {
      forget();
      limit.done();
      this.#onEnd.delete(ended);
    }
  }
}

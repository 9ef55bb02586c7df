import { MINUTE_MS, missingRight, REDIS_REFUSALS, redisRefusal } from "@muster/core";
import type { LoginPause, ProbeSettingsOf } from "@muster/core";
import { EGRESS_FAILURES, EgressRefusal, failureOf, secureOver } from "@muster/node-kit";
import type { ProbeDeps } from "../probe-kind.ts";
import { RedisBroken, RedisConnection } from "./redis-connection.ts";
import { RespError } from "./resp.ts";

export type OpenedRedis =
  | {
      readonly ok: true;
      readonly connection: RedisConnection;
      /** What is strange about the login though it was let in. */
      readonly remark: string | undefined;
    }
  /** Why not, for people. `isLockedOut`: it does not let us in, which says nothing of how it is. */
  | { readonly ok: false; readonly why: string; readonly isLockedOut?: true };

/** Connects, secures, logs in and selects the database. Whatever is wrong with the server is an answer. */
export async function openRedis(
  settings: ProbeSettingsOf<"redis">,
  { way, clock, secret }: Pick<ProbeDeps, "way" | "clock" | "secret">,
  pause: LoginPause,
  signal: AbortSignal,
): Promise<OpenedRedis> {
  const { host, port, user, tls, serverName, ca, database } = settings;
  const hasLogin = secret !== undefined || user !== "";
  const leftMs = hasLogin ? pause.leftMs(clock.monotonic()) : 0;
  if (leftMs > 0) return { ok: false, why: refusedLogin(leftMs), isLockedOut: true };
  const answer = await way.connect(host, port, signal);
  if (!answer.ok) return { ok: false, why: answer.detail };
  let stream = answer.socket;
  if (tls) {
    const name = serverName === "" ? host : serverName;
    try {
      const { socket, problem } = await secureOver(stream, { name, ...(ca !== "" && { ca }) }, signal);
      if (problem !== undefined) throw new EgressRefusal(problem);
      stream = socket;
    } catch (error) {
      answer.socket.destroy();
      return {
        ok: false,
        why: signal.aborted ? `${SILENT}; perhaps it speaks no TLS` : EGRESS_FAILURES[failureOf(error)],
      };
    }
  }
  const connection = new RedisConnection(stream, signal);
  try {
    const remark = hasLogin ? await login() : undefined;
    if (database !== 0) await selected();
    return { ok: true, connection, remark };
  } catch (error) {
    connection.close();
    if (error instanceof RedisBroken) return { ok: false, why: brokenWords(error, connection, tls) };
    if (error instanceof LockedOut) return { ok: false, why: error.message, isLockedOut: true };
    if (error instanceof NotOpened) return { ok: false, why: error.message };
    throw error;
  }

  async function login(): Promise<string | undefined> {
    const answered = await connection.ask("AUTH", ...(user === "" ? [] : [user]), secret ?? "");
    if (!(answered instanceof RespError)) {
      pause.accepted();
      return undefined;
    }
    const refusal = redisRefusal(answered.line);
    if (refusal === "needs-no-password") return REDIS_REFUSALS[refusal];
    if (refusal === "knows-no-users") throw new LockedOut(REDIS_REFUSALS[refusal]);
    if (refusal !== "wrong-password") throw new NotOpened(REDIS_REFUSALS[refusal]);
    pause.refused(clock.monotonic());
    throw new LockedOut(refusedLogin(pause.leftMs(clock.monotonic())));
  }

  async function selected(): Promise<void> {
    const answered = await connection.ask("SELECT", String(database));
    if (!(answered instanceof RespError)) return;
    const refusal = redisRefusal(answered.line);
    // While it loads, PING and INFO are still to say so.
    if (refusal !== "loading" && refusal !== "busy")
      throw new NotOpened(refusal === "no-right" ? missingRight("SELECT", user) : REDIS_REFUSALS[refusal]);
  }
}

class NotOpened extends Error {}
class LockedOut extends NotOpened {}

const SILENT = "it takes the connection and does not answer in time";

const refusedLogin = (leftMs: number): string =>
  `${REDIS_REFUSALS["wrong-password"]}; it is tried again in ${Math.ceil(leftMs / MINUTE_MS)} min, or when settings or secret change`;

/** How a connection ended, for people. */
export function brokenWords({ is }: RedisBroken, { isAnswered }: RedisConnection, hasTls: boolean): string {
  switch (is) {
    case "silent":
      return isAnswered ? "it began to answer and fell silent" : SILENT;
    case "too-much":
      return "its answer is longer than any of Redis should be; it was not read on";
    case "not-redis":
      return "what answers does not speak as Redis does";
    case "ended":
      if (isAnswered) return "it ended the connection before all was answered";
      return `it takes the connection and ends it without an answer${hasTls ? "" : "; it may want TLS"}`;
  }
}

import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { EGRESS_FAILURES, secureOver } from "@muster/node-kit";
import { DatabaseTrouble, SILENT, unwell } from "./database.ts";
import type { DatabaseLogin } from "./database.ts";
import type { ProbeWay } from "./probe-kind.ts";

/** A connection to a database over the probe's way; it is the caller's to destroy. Rejects with DatabaseTrouble. */
export async function reachDatabase(
  way: ProbeWay,
  { host, port }: DatabaseLogin,
  signal: AbortSignal,
): Promise<Duplex> {
  const reached = await way.connect(host, port, signal);
  if (!reached.ok) throw unwell(reached.detail);
  return reached.socket;
}

/**
 * Encrypts as every other connection of the hub is, so that the password goes to nobody whose certificate is not right.
 * Rejects with DatabaseTrouble; the stream stays the caller's to destroy.
 */
export async function secureDatabase(
  stream: Duplex,
  { host, ca }: DatabaseLogin,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secure = await secureOver(stream, { name: host, ...(ca !== "" && { ca }) }, signal).catch(() => undefined);
  if (secure === undefined) throw signal.aborted ? new DatabaseTrouble(SILENT.login) : unwell(EGRESS_FAILURES.tls);
  if (secure.problem !== undefined) throw unwell(EGRESS_FAILURES[secure.problem]);
  return secure.socket;
}

import type { Duplex } from "node:stream";
import { decodeDnsAnswer, encodeDnsQuery } from "@muster/core";
import type { DnsAnswer, DnsFailure, DnsQuestion } from "@muster/core";
import { firstBytes } from "../first-bytes.ts";

/** Names a question on a connection; each has its own, so one number does for all. */
const QUERY_ID = 1;
/** Goes before each message on a connection (RFC 1035, 4.2.2). */
const LENGTH_BYTES = 2;
const MESSAGE_BYTES_MAX = 65_535;

/** Asks one question on a connection to a name server. The stream stays the caller's. */
export async function askDnsOver(stream: Duplex, question: DnsQuestion, signal: AbortSignal): Promise<DnsAnswer> {
  const query = encodeDnsQuery(question, QUERY_ID);
  if (query === undefined) return { ok: false, failure: "not-valid" };
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(query.length);
  stream.write(Buffer.concat([length, query]));
  let message: Buffer | undefined;
  const isWhole = (bytes: Buffer): boolean => {
    if (bytes.length < LENGTH_BYTES) return false;
    const end = LENGTH_BYTES + bytes.readUInt16BE(0);
    if (bytes.length >= end) message = bytes.subarray(LENGTH_BYTES, end);
    return message !== undefined;
  };
  const found = await firstBytes(stream, LENGTH_BYTES + MESSAGE_BYTES_MAX, isWhole, signal);
  return message === undefined ? { ok: false, failure: SILENCES[found] } : decodeDnsAnswer(message, question, QUERY_ID);
}

const SILENCES: Readonly<Record<Awaited<ReturnType<typeof firstBytes>>, DnsFailure>> = {
  found: "bad-answer",
  "too-much": "bad-answer",
  ended: "cut",
  aborted: "timed-out",
};

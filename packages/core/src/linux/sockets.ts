import { fieldsOf, parseCount } from "./text.ts";

/** /proc/net/sockstat or sockstat6: sockets by protocol. */
export interface SocketCounts {
  readonly tcpInUse?: number;
  readonly tcpTimeWait?: number;
  readonly udpInUse?: number;
}

/** The text of /proc/net/sockstat ("TCP: inuse 5 orphan 0 tw 0 …") or of sockstat6 ("TCP6: inuse 1"). */
export function parseSocketCounts(text: string): SocketCounts {
  const tcpInUse = valueOf(text, "TCP", "inuse");
  const tcpTimeWait = valueOf(text, "TCP", "tw");
  const udpInUse = valueOf(text, "UDP", "inuse");
  return {
    ...(tcpInUse === undefined ? {} : { tcpInUse }),
    ...(tcpTimeWait === undefined ? {} : { tcpTimeWait }),
    ...(udpInUse === undefined ? {} : { udpInUse }),
  };
}

function valueOf(text: string, protocol: string, key: string): number | undefined {
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${protocol}:`) && !line.startsWith(`${protocol}6:`)) continue;
    const fields = fieldsOf(line);
    const at = fields.indexOf(key);
    return at < 0 ? undefined : parseCount(fields[at + 1]);
  }
  return undefined;
}

/** The TCP part of /proc/net/snmp (RFC 1213 names), both IP versions together. */
export interface TcpCounts {
  /** CurrEstab: ESTABLISHED and CLOSE-WAIT. */
  readonly established?: number;
  readonly retransmittedSegments?: number;
}

/** The text of /proc/net/snmp: per protocol a line of names and a line of values. */
export function parseTcpCounts(text: string): TcpCounts {
  const [names, values] = text
    .split("\n")
    .filter((line) => line.startsWith("Tcp: "))
    .map((line) => line.split(" "));
  if (names === undefined || values === undefined) return {};
  const established = parseCount(values[names.indexOf("CurrEstab")]);
  const retransmittedSegments = parseCount(values[names.indexOf("RetransSegs")]);
  return {
    ...(established === undefined ? {} : { established }),
    ...(retransmittedSegments === undefined ? {} : { retransmittedSegments }),
  };
}

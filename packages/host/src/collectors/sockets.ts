import { parseSocketCounts, parseTcpCounts } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";

/** Sockets by kind and TCP retransmissions, of the machine's own network. */
export const socketsKind: CollectorKind = {
  name: "sockets",
  everyMs: 30_000,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { net } = await vantageOf(host, config.hostRoot);
        const [v4, v6, snmp] = await Promise.all(
          ["sockstat", "sockstat6", "snmp"].map((name) => host.readFile(`${net}/${name}`)),
        );
        const tcp = parseTcpCounts(snmp ?? "");
        const sockets = parseSocketCounts(v4 ?? "");
        const sockets6 = parseSocketCounts(v6 ?? "");
        if (tcp.established !== undefined) sink.gauge("sockets_tcp_established", tcp.established);
        // The kernel counts both versions in the first file and writes none in the second.
        if (sockets.tcpTimeWait !== undefined) sink.gauge("sockets_tcp_time_wait", sockets.tcpTimeWait);
        if (sockets.udpInUse !== undefined) sink.gauge("sockets_udp", sockets.udpInUse + (sockets6.udpInUse ?? 0));
        if (tcp.retransmittedSegments !== undefined) {
          sink.counter("tcp_retransmitted_segments_total", tcp.retransmittedSegments);
        }
      },
    };
  },
};

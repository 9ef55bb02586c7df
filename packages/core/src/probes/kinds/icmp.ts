import { PING_PACKETS_MAX } from "../icmp/ping-output.ts";
import { HOST_FIELD, PLAIN, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const icmpProbe = probeKindEntry({
  ...PLAIN,
  title: "Ping",
  meaning: "Sends ICMP echo requests and looks at how many come back, and how fast.",
  group: "network",
  intervalMsDefault: 60_000,
  fields: {
    host: HOST_FIELD,
    packets: { is: "number", unit: "count", least: 1, most: PING_PACKETS_MAX, default: 3, further: true },
    lossMax: { is: "number", unit: "ratio", least: 0, most: 1, default: 0, further: true },
    slowMs: SLOW_FIELD,
  },
  target: ({ host }) => host,
  charts: [
    { key: "roundTrip", metrics: ["ping_round_trip_seconds", "ping_deviation_seconds"] },
    { key: "loss", metrics: ["ping_lost_ratio"] },
  ],
});

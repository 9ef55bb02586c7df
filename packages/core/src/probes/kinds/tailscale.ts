import { PLAIN, probeKindEntry } from "../probe-kind-entry.ts";

export const tailscaleProbe = probeKindEntry({
  ...PLAIN,
  title: "Tailscale",
  meaning:
    "Reads the Tailscale of the hub's own machine: its peers, who is reached directly or by relay, and keys that end.",
  group: "network",
  reach: "hub-only",
  intervalMsDefault: 60_000,
  fields: {
    peersMustBeOnline: { is: "lines", form: "word", itemsMax: 100, charactersMax: 200 },
    mustBeDirect: { is: "flag", default: false, further: true },
    warnDays: { is: "number", unit: "days", least: 0, most: 365, default: 14, further: true },
    failDays: { is: "number", unit: "days", least: 0, most: 365, default: 3, further: true },
  },
  target: () => "tailscaled",
  charts: [
    { key: "peers", metrics: ["tailscale_peers"] },
    { key: "traffic", metrics: ["tailscale_peer_receive_bytes_total", "tailscale_peer_transmit_bytes_total"] },
  ],
});

import { hostPort } from "../../links/host-and-port.ts";
import { HOST_FIELD, PLAIN, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const tcpProbe = probeKindEntry({
  ...PLAIN,
  title: "TCP",
  meaning: "Connects to a port; may send a line and look for a text in what comes back.",
  group: "network",
  fields: {
    host: HOST_FIELD,
    port: { is: "number", unit: "port", least: 1, most: 65_535, default: 443 },
    send: { is: "text", form: "any", block: true, charactersMax: 2_000, default: "", further: true },
    text: { is: "text", form: "any", charactersMax: 500, default: "", further: true },
    slowMs: SLOW_FIELD,
  },
  target: ({ host, port }) => hostPort(host, port),
});

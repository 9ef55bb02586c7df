import { hostPort } from "../../links/host-and-port.ts";
import { DNS_TYPES } from "../dns/dns-answers.ts";
import { PLAIN, portField, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const dnsProbe = probeKindEntry({
  ...PLAIN,
  title: "DNS",
  meaning: "Asks a name server for a name, and looks for a value among the answers.",
  group: "network",
  viaNeeds: "server",
  fields: {
    name: { is: "text", form: "host", charactersMax: 253 },
    type: { is: "choice", of: DNS_TYPES, default: "A" },
    expected: { is: "text", form: "any", charactersMax: 500, default: "" },
    // Empty: those that the hub's machine asks; a server can be asked to look only at one that is named.
    server: { is: "text", form: "host", charactersMax: 253, default: "", further: true },
    port: { ...portField(53), further: true },
    slowMs: SLOW_FIELD,
  },
  target: ({ name, type, server, port }) => `${type} ${name}${server === "" ? "" : ` @ ${hostPort(server, port)}`}`,
});

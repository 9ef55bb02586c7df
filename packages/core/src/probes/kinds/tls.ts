import { hostPort } from "../../links/host-and-port.ts";
import { CA_FIELD, CERTIFICATE_FIELDS, HOST_FIELD, PLAIN, portField, probeKindEntry } from "../probe-kind-entry.ts";

export const tlsProbe = probeKindEntry({
  ...PLAIN,
  title: "TLS certificate",
  meaning: "Looks at the certificate of a port: for whom, by whom, until when, and whether it is trusted.",
  group: "network",
  intervalMsDefault: 3_600_000,
  fields: {
    host: HOST_FIELD,
    port: portField(443),
    serverName: { is: "text", form: "host", charactersMax: 253, default: "", further: true },
    mustBeTrusted: { is: "flag", default: true, further: true },
    ca: CA_FIELD,
    ...CERTIFICATE_FIELDS,
  },
  target: ({ host, port }) => hostPort(host, port),
  charts: [{ key: "certificate", metrics: ["probe_certificate_left_seconds"] }],
});

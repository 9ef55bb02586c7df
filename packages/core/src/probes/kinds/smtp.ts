import { hostPort } from "../../links/host-and-port.ts";
import {
  CA_FIELD,
  CERTIFICATE_FIELDS,
  HOST_FIELD,
  PLAIN,
  portField,
  probeKindEntry,
  SLOW_FIELD,
} from "../probe-kind-entry.ts";

export const smtpProbe = probeKindEntry({
  ...PLAIN,
  title: "SMTP",
  meaning: "Greets a mail server, if asked over TLS, and takes its leave; no mail is sent.",
  group: "network",
  intervalMsDefault: 60_000,
  fields: {
    host: HOST_FIELD,
    port: portField(25),
    security: { is: "choice", of: ["none", "starttls", "tls"], default: "none" },
    mustBeTrusted: { is: "flag", default: true, further: true },
    slowMs: SLOW_FIELD,
    ca: CA_FIELD,
    ...CERTIFICATE_FIELDS,
  },
  target: ({ host, port }) => hostPort(host, port),
  charts: [{ key: "certificate", metrics: ["probe_certificate_left_seconds"] }],
});

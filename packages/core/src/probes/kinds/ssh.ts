import { hostPort } from "../../links/host-and-port.ts";
import { HOST_FIELD, PLAIN, portField, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const sshProbe = probeKindEntry({
  ...PLAIN,
  title: "SSH",
  meaning: "Looks at how an SSH server presents itself and, if asked, at its host key; nobody logs in.",
  group: "network",
  intervalMsDefault: 60_000,
  fields: {
    host: HOST_FIELD,
    port: portField(22),
    text: { is: "text", form: "any", charactersMax: 200, default: "", further: true },
    // As `ssh-keygen -l` says it: SHA256:…
    fingerprint: { is: "text", form: "any", charactersMax: 60, default: "", further: true },
    slowMs: SLOW_FIELD,
  },
  target: ({ host, port }) => hostPort(host, port),
});

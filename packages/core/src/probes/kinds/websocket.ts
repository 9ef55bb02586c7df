import { CA_FIELD, CERTIFICATE_FIELDS, PLAIN, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const websocketProbe = probeKindEntry({
  ...PLAIN,
  title: "WebSocket",
  meaning: "Opens a WebSocket; may send a message and wait for a text.",
  group: "network",
  secret: "optional",
  fields: {
    url: { is: "text", form: "ws-url", charactersMax: 2_048 },
    send: { is: "text", form: "any", block: true, charactersMax: 4_000, default: "" },
    text: { is: "text", form: "any", charactersMax: 500, default: "" },
    headers: { is: "lines", form: "header", itemsMax: 20, charactersMax: 2_100, further: true },
    subprotocol: { is: "text", form: "word", charactersMax: 100, default: "", further: true },
    slowMs: SLOW_FIELD,
    ca: CA_FIELD,
    ...CERTIFICATE_FIELDS,
  },
  target: ({ url }) => url,
  charts: [{ key: "certificate", metrics: ["probe_certificate_left_seconds"] }],
});

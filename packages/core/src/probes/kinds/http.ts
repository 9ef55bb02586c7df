import { CA_FIELD, CERTIFICATE_FIELDS, PLAIN, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

export const httpProbe = probeKindEntry({
  ...PLAIN,
  title: "HTTP(S)",
  meaning: "Asks an address and looks at status, text, JSON and certificate of the answer.",
  group: "network",
  secret: "optional",
  fields: {
    url: { is: "text", form: "http-url", charactersMax: 2_048 },
    method: { is: "choice", of: ["GET", "HEAD", "POST", "PUT"], default: "GET", further: true },
    headers: { is: "lines", form: "header", itemsMax: 20, charactersMax: 2_100, further: true },
    body: { is: "text", form: "any", block: true, charactersMax: 16_384, default: "", further: true },
    signIn: { is: "choice", of: ["none", "bearer", "basic"], default: "none", further: true },
    user: { is: "text", form: "any", charactersMax: 200, default: "", further: true },
    statusMin: { is: "number", unit: "count", least: 100, most: 599, default: 200, further: true },
    statusMax: { is: "number", unit: "count", least: 100, most: 599, default: 399, further: true },
    redirectsMax: { is: "number", unit: "count", least: 0, most: 3, default: 0, further: true },
    text: { is: "text", form: "any", charactersMax: 500, default: "" },
    textMustBe: { is: "choice", of: ["present", "absent"], default: "present", further: true },
    jsonPath: { is: "text", form: "any", charactersMax: 200, default: "", further: true },
    jsonValue: { is: "text", form: "any", charactersMax: 500, default: "", further: true },
    slowMs: SLOW_FIELD,
    ca: CA_FIELD,
    ...CERTIFICATE_FIELDS,
  },
  target: ({ url }) => url,
  charts: [
    { key: "phases", metrics: ["probe_phase_seconds"] },
    { key: "certificate", metrics: ["probe_certificate_left_seconds"] },
  ],
});

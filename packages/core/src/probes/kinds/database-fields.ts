import { CA_FIELD, HOST_FIELD, portField } from "../probe-kind-entry.ts";

/** How a database is reached and signed in to. */
export const loginFields = (port: number) =>
  ({
    host: HOST_FIELD,
    port: portField(port),
    user: { is: "text", form: "any", charactersMax: 128, default: "muster" },
    // Without it a network that listens reads what is asked and answered, and with some ways to sign in the password.
    tls: { is: "flag", default: false, further: true },
    ca: CA_FIELD,
  }) as const;

/** Limits of what is judged; 0: not judged. */
export const CONNECTIONS_RATIO_FIELD = {
  is: "number",
  unit: "ratio",
  least: 0,
  most: 1,
  default: 0.8,
  further: true,
} as const;
export const secondsField = (seconds: number) =>
  ({ is: "number", unit: "seconds", least: 0, most: 604_800, default: seconds, further: true }) as const;

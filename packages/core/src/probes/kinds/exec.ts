import { PLAIN, probeKindEntry, SLOW_FIELD } from "../probe-kind-entry.ts";

/** Codes are those of Nagios plugins unless told otherwise; 3 is unknown unless it is named. */
export const execProbe = probeKindEntry({
  ...PLAIN,
  title: "Program",
  meaning: "Has a server run a program that its own policy names: exit code, first line, and numbers as metrics.",
  group: "own",
  reach: "server-only",
  intervalMsDefault: 60_000,
  fields: {
    program: { is: "text", form: "policy-name", charactersMax: 255 },
    healthyCodes: { is: "text", form: "exit-codes", charactersMax: 100, default: "0", further: true },
    degradedCodes: { is: "text", form: "exit-codes", charactersMax: 100, default: "1", further: true },
    slowMs: SLOW_FIELD,
  },
  target: ({ program }) => program,
});

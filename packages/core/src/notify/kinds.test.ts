import { describe, expect, test } from "vitest";
import { defaultOf, parseSettings } from "../probes/fields.ts";
import type { ProbeSettings } from "../probes/fields.ts";
import { NOTIFIER_KIND_NAMES, notifierEntry } from "./kinds.ts";
import type { NotifierKindName } from "./kinds.ts";

/** What must be given, and where it then tells. */
const GIVEN: Readonly<Record<NotifierKindName, readonly [ProbeSettings, string]>> = {
  telegram: [{ chatId: "-1001234" }, "-1001234"],
  email: [
    { host: "smtp.example.org", user: "muster", from: "muster@example.org", to: ["a@example.org", "b@example.org"] },
    "a@example.org, b@example.org by muster at smtp.example.org:587 (starttls)",
  ],
  slack: [{ channel: "#alerts" }, "#alerts"],
  discord: [{ channel: "#alerts" }, "#alerts"],
  teams: [{ channel: "Operations" }, "Operations"],
  mattermost: [{ channel: "town-square" }, "town-square"],
  ntfy: [{ topic: "alerts" }, "alerts by https://ntfy.sh"],
  gotify: [{ url: "https://push.example.org" }, "https://push.example.org"],
  pushover: [{ user: "u123" }, "u123"],
  pagerduty: [{}, "Muster at https://events.pagerduty.com"],
  opsgenie: [{ team: "Operations" }, "Operations at https://api.opsgenie.com"],
  matrix: [
    { homeserver: "https://m.example.org", roomId: "!abc:example.org" },
    "!abc:example.org by https://m.example.org",
  ],
  webhook: [{ url: "https://hooks.example.org/x" }, "https://hooks.example.org/x"],
  log: [{}, "the hub's log"],
};

describe.each(NOTIFIER_KIND_NAMES)("%s", (kind) => {
  const entry = notifierEntry(kind);
  const [given, target] = GIVEN[kind];

  test("takes what must be given and says where it tells", () => {
    const parsed = parseSettings(entry.fields, given);
    expect(parsed).toMatchObject({ ok: true });
    if (parsed.ok) expect(entry.target(parsed.settings as never)).toBe(target);
  });

  test("refuses to be without what must be given, and what it does not know", () => {
    for (const name of Object.keys(given)) {
      const { [name]: _left, ...others } = given;
      const isNeeded = defaultOf(entry.fields[name]!) === undefined;
      expect(parseSettings(entry.fields, others).ok).toBe(!isNeeded);
    }
    expect(parseSettings(entry.fields, { ...given, token: "x" })).toEqual({
      ...{ ok: false, problems: { token: "is no setting of this kind" } },
    });
  });

  test("another address for the secret is another target", () => {
    for (const name of ["apiUrl", "host", "url", "homeserver"].filter((one) => Object.hasOwn(entry.fields, one))) {
      const elsewhere = name === "host" ? "evil.example" : "https://evil.example";
      const parsed = parseSettings(entry.fields, { ...given, [name]: elsewhere });
      expect(parsed.ok && entry.target(parsed.settings as never)).toContain(elsewhere);
    }
  });

  test("has a sentence, a pace, and no field that is a secret", () => {
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
    expect(entry.perMinuteMax).toBeGreaterThan(0);
    expect(Object.keys(entry.fields).filter((name) => /token|password|secret|key$/i.test(name))).toEqual([]);
  });
});

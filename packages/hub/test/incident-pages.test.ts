import { join } from "node:path";
import { NO_SUBJECT, openIncident, subjectKey } from "@muster/core";
import type { Incident } from "@muster/core";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { IncidentStore } from "../src/alerts/incident-store.ts";
import { openState } from "../src/state/database.ts";

const ID = "01920000-0000-7000-8000-000000000000";
/** Ids that do not go by the order in which they were made. */
const idOf = (number: number): string => `${ID.slice(0, -4)}${String((number * 7_919) % 10_000).padStart(4, "0")}`;

function incidentOf(number: number, at: number): Incident {
  const subject = { ...NO_SUBJECT, serverId: `s${number % 2}` };
  const member = { key: subjectKey(subject), subject, title: "", value: null, since: at, clearedAt: null };
  return openIncident(idOf(number), { id: "r", name: "r" }, [{ ...member, severity: "error" }], at).incident;
}

test("[AL37] page by page each incident comes once, however many were opened in one millisecond, also after one of a page was changed", async () => {
  await using directory = await temporaryDirectory("incident-pages");
  const db = await openState(join(directory.path, "state.db"));
  const store = new IncidentStore(db);
  // A hundred at one instant, some before and after it.
  const made = Array.from({ length: 120 }, (_, number) =>
    incidentOf(number, number < 10 ? number : number < 110 ? 50 : number),
  );
  await store.save(made.map((incident) => ({ incident, before: undefined, entries: [], tellings: [] })));
  const whole = await store.list({ limit: 500 });
  expect(whole).toHaveLength(120);
  for (const [limit, serverId] of [
    [7, undefined],
    [1, undefined],
    [120, undefined],
    [10, "s1"],
  ] as const) {
    const pages: Incident[] = [];
    for (let last: string | undefined; ; last = pages.at(-1)?.id) {
      const page = await store.list({ limit, serverId, before: last });
      pages.push(...page);
      if (page.length < limit) break;
    }
    const wanted =
      serverId === undefined ? whole : whole.filter(({ members }) => members[0]!.subject.serverId === serverId);
    expect(pages.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  }
  await expect(store.list({ limit: 5, before: ID.replace("0192", "0193") })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await db.destroy();
});

import { join } from "node:path";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { DeliveryStore } from "../src/notify/delivery-store.ts";
import { openState } from "../src/state/database.ts";

test("[AL22] what is told of one incident waits for what was to be told before, and holds up no other incident", async () => {
  await using directory = await temporaryDirectory("deliveries");
  const db = await openState(join(directory.path, "state.db"));
  const notifier = { kind: "log", settings: "{}", secret_sealed: null, is_enabled: 1, is_default: 1 } as const;
  const more = { severity_least: "info", delay_ms: 0, repeat_ms: 0, hours: null, fallback_id: null } as const;
  const state = { state: "untried", state_since: 0, state_detail: "", created_at: 0, refusals: 0 } as const;
  await db
    .insertInto("notifier")
    .values({ id: "log", name: "log", ...notifier, ...more, ...state })
    .execute();
  for (const id of ["one", "other"])
    await db
      .insertInto("incident")
      .values({
        ...{ id, rule_id: "r", rule_name: "r", state: "open", severity: "info", opened_at: 0, resolved_at: null },
        ...{ reopened: 0, acknowledged_by: null, acknowledged_at: null, snoozed_until: null, evidence: null },
      })
      .execute();
  const add = (id: string, incident_id: string, next_at: number): Promise<unknown> =>
    db
      .insertInto("delivery")
      .values({
        ...{ id, incident_id, notifier_id: "log", notice: "{}", state: "waiting", attempts: 0, asked_at: 0 },
        ...{ next_at, ended_at: null, detail: "" },
      })
      .execute();
  await add("opened", "one", 900);
  await add("resolved", "one", 100);
  await add("of the other", "other", 500);
  const deliveries = new DeliveryStore(db);
  const order: string[] = [];
  for (let next = await deliveries.next("log"); next !== undefined; next = await deliveries.next("log")) {
    order.push(next.id);
    await deliveries.sent(next, 1_000, undefined);
  }
  expect(order).toEqual(["of the other", "opened", "resolved"]);
  await db.destroy();
});

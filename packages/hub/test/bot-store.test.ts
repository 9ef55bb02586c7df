import { join } from "node:path";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { openState } from "../src/state/database.ts";
import { BotStore } from "../src/telegram/bot-store.ts";

test("[TGB7] a user who was disabled a moment before is not bound, and so is not after coming back", async () => {
  await using directory = await temporaryDirectory("bot-store");
  const db = await openState(join(directory.path, "state.db"));
  const store = new BotStore({ db, clock: new FakeClock(), kek: new Uint8Array(32) });
  await db
    .insertInto("notifier")
    .values({
      ...{ id: "bot", name: "bot", kind: "telegram", settings: "{}", secret_sealed: null, is_enabled: 1 },
      ...{ is_default: 1, severity_least: "info", delay_ms: 0, repeat_ms: 0, hours: null, fallback_id: null },
      ...{ state: "untried", state_since: 0, state_detail: "", created_at: 0, refusals: 0 },
    })
    .execute();
  await db
    .insertInto("user")
    .values({
      id: "olga",
      name: "olga",
      role: "operator",
      password_hash: "",
      enabled: 0,
      created_at: 0,
      last_login_at: null,
    })
    .execute();
  const bind = (): Promise<void> => store.bind("bot", { id: 4242, name: "Olga" }, "olga");
  await expect(bind()).rejects.toMatchObject({ code: "NOT_FOUND" });
  await db.updateTable("user").set({ enabled: 1 }).execute();
  expect(await store.actor("bot", 4242)).toBeUndefined();
  await bind();
  expect(await store.actor("bot", 4242)).toMatchObject({ user: { id: "olga" } });
  await db.destroy();
});

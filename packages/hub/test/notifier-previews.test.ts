import { expect, test } from "vitest";
import { alertWorld, listener, worldOf } from "./alert-world.ts";
import { startTestHub } from "./harness.ts";

const PREVIEWS = "/api/v1/notifier-previews";

test("[AL33] texts are previewed over what is made up and over a real incident, told, and refused by name", async () => {
  await using world = await alertWorld({ hasRules: false });
  await using told = await listener();
  const { admin, hub } = world;
  await world.onlyRule({ condition: { is: "offline", severity: "critical" }, clearForMs: 0 });
  await world.server("web-1");
  world.says("web-1", { load1: 1 });
  await world.pass(20);
  world.says("web-1", undefined);
  await world.until(async () => (await world.incidents()).length > 0, "it is offline");
  const [{ id } = { id: "" }] = await world.incidents();
  const settings = { titleTemplate: "[{{label}}]", textTemplate: "{{title}}\nuntil {{until}}" };

  const made = await admin.post(PREVIEWS, { kind: "telegram", settings: { ...settings, chatId: "" } });
  expect(made.status, made.text).toBe(200);
  expect(made.json.items.map(({ kind, title }: { kind: string; title: string }) => [kind, title])).toEqual([
    ["opened", "[WARNING]"],
    ["escalated", "[CRITICAL Worse]"],
    ["resolved", "[Resolved]"],
  ]);
  const real = (await admin.post(PREVIEWS, { kind: "email", settings, incident: id })).json.items;
  expect(real[0].lines).toEqual([expect.stringContaining("web-1")]);
  expect(real[2].lines).toEqual([expect.stringContaining("web-1"), expect.stringMatching(/^until .* UTC$/)]);
  expect(real[0]).toMatchObject({ url: `${hub.origin}/incidents/${id}`, body: null, isJson: null });

  const body = '{"what": "{{title}}", "is": {{wrongCount}}}';
  const hook = (await admin.post(PREVIEWS, { kind: "webhook", settings: { body }, incident: id })).json.items;
  expect(hook[0].isJson).toBe(true);
  expect(JSON.parse(hook[0].body)).toMatchObject({ is: 1 });
  const broken = await admin.post(PREVIEWS, { kind: "webhook", settings: { body: "{{title}}" } });
  expect(broken.json.items[0].isJson).toBe(false);

  const wrong = await admin.post(PREVIEWS, { kind: "slack", settings: { textTemplate: "{{tilte}}" } });
  expect(wrong.json.error.fields["body.settings.textTemplate"]).toMatch(/^knows no \{\{tilte\}\}: there are/);
  const url = told.url;
  const kept = { kind: "webhook", name: "hook", settings: { url, body: "{{constructor}}" } };
  expect((await admin.post("/api/v1/notifiers", kept)).json.error.fields).toHaveProperty(["body.settings.body"]);
  const gone = await admin.post(PREVIEWS, {
    kind: "log",
    settings: {},
    incident: "01920000-0000-7000-8000-000000000000",
  });
  expect([gone.status, gone.json.error.fields]).toEqual([404, { "body.incident": "there is no such incident" }]);
  // Whoever may not see incidents sees none here.
  const token = await hub.tokenOf("admin", ["notifiers.read"]);
  expect((await token.post(PREVIEWS, { kind: "log", settings: {}, incident: id })).status).toBe(403);
  expect((await token.post(PREVIEWS, { kind: "log", settings: {} })).status).toBe(200);
});

test("[AL33] a notifier that was kept before there were templates tells as it did", async () => {
  const hub = await startTestHub({ hasRules: false });
  const first = worldOf(hub);
  const { json } = await first.admin.post("/api/v1/notifiers", { kind: "log", name: "log", settings: {} });
  hub.state.prepare("UPDATE notifier SET settings = '{}' WHERE id = ?").run(json.id);
  await hub.stop();
  await using again = await startTestHub({ directory: hub.directory, clock: hub.clock });
  const admin = again.sessionOf("admin");
  const [known] = (await admin.get("/api/v1/notifiers")).json.items;
  expect(known.settings).toEqual({ titleTemplate: "", textTemplate: "" });
  expect((await admin.post(`/api/v1/notifiers/${json.id}/test`)).json).toMatchObject({ outcome: "sent" });
  const patch = await admin.ask("PATCH", `/api/v1/notifiers/${json.id}`, {
    body: { settings: { titleTemplate: "Ours: {{title}}" } },
  });
  expect(patch.status, patch.text).toBe(200);
  expect((await admin.post(`/api/v1/notifiers/${json.id}/test`)).json).toMatchObject({ outcome: "sent" });
  expect(again.logs.join("")).toContain("Ours: This is a test from Muster.");
});

import { expect, test } from "vitest";
import { alertWorld, listener } from "./alert-world.ts";

test("[TK15] [AL3] a task that fails is an incident until it goes well; one whose owner is demoted until somebody takes it over", async () => {
  await using hook = await listener();
  await using world = await alertWorld();
  const { admin, hub } = world;
  const notifierId = await world.notifier(hook, { isDefault: false });
  const titles = async (): Promise<readonly string[]> =>
    (await world.incidents("?state=open"))
      .map(({ title }) => String(title))
      .filter((title) => title.startsWith("Task "));
  const work = { is: "webhook", notifierId, text: "good morning" };
  const schedule = { is: "every", everyMs: 86_400_000 * 300 };
  const task = (await admin.post("/api/v1/tasks", { name: "greeting", schedule, work })).json;
  const path = `/api/v1/tasks/${String(task["id"])}`;

  hook.answer = (response) => void response.writeHead(400).end();
  await admin.post(`${path}/run`);
  await world.until(async () => (await titles()).length === 1, "the failure is told");
  expect(await titles()).toEqual([expect.stringMatching(/^Task greeting failed: /)]);
  hook.answer = (response) => void response.writeHead(204).end();
  await admin.post(`${path}/run`);
  await world.until(async () => (await titles()).length === 0, "it went well");
  expect(hook.heard.at(-1)).toMatchObject({ kind: "message", title: "good morning" });

  const server = await world.server("one");
  const ping = { is: "action", action: "agent.ping", targets: { servers: [server] } };
  const own = (await hub.sessionOf("operator").post("/api/v1/tasks", { name: "rounds", schedule, work: ping })).json;
  const demoted = await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]!}`, { body: { role: "viewer" } });
  expect(demoted.status).toBe(200);
  await world.until(async () => (await titles()).length === 1, "the suspension is told before its next slot");
  expect(await titles()).toEqual(["Task rounds is suspended: its owner may not do this any more"]);
  expect((await admin.post(`/api/v1/tasks/${String(own["id"])}/enable`, {})).json).toMatchObject({
    owner: "admin",
    suspended: null,
  });
  await world.until(async () => (await titles()).length === 0, "somebody took it over");
});

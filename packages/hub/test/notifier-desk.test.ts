import { join } from "node:path";
import { NOTIFIER_KINDS, parseSettings, silentLogger, testNotice } from "@muster/core";
import type { NotifierKindName } from "@muster/core";
import type { EgressAnswer } from "@muster/node-kit";
import { FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { DeliveryStore } from "../src/notify/delivery-store.ts";
import { NotifierDesk } from "../src/notify/notifier-desk.ts";
import type { NotifierWay } from "../src/notify/notifier.ts";
import { NotifierStore } from "../src/notify/notifier-store.ts";
import type { NotifierDefinition } from "../src/notify/notifier-store.ts";
import { openState } from "../src/state/database.ts";

type Request = Parameters<NotifierWay["request"]>[0];

const answered = (status: number, body: object = {}): EgressAnswer => ({
  ...{ ok: true, durationMs: 1, status, headers: {}, body: Buffer.from(JSON.stringify(body)), isTruncated: false },
  ...{
    phases: { nameMs: null, connectMs: null, tlsMs: null, firstByteMs: null, restMs: null },
    certificate: undefined,
  },
});

function definitionOf(kind: NotifierKindName, given: Readonly<Record<string, unknown>>): NotifierDefinition {
  const parsed = parseSettings(NOTIFIER_KINDS[kind].fields, given);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return {
    ...{ name: kind, kind, settings: parsed.settings, isEnabled: true, isDefault: true },
    ...{ severityLeast: "info", delayMs: 0, repeatMs: 0, hours: null, fallbackId: null },
  };
}

/** A desk over a real database, whose notifiers reach nothing but what the test answers. */
async function deskWorld(answer: (request: Request) => Promise<EgressAnswer>) {
  const directory = await temporaryDirectory("notifier-desk");
  const db = await openState(join(directory.path, "state.db"));
  const clock = new FakeClock();
  const store = new NotifierStore({ db, clock, kek: new Uint8Array(32) });
  const deliveries = new DeliveryStore(db);
  const requests: Request[] = [];
  const opened: { readonly settings: object; readonly secret: string | undefined }[] = [];
  const deps: Parameters<typeof NotifierDesk.open>[0] = {
    ...{ store, deliveries, clock, random: () => 0, hubUrl: () => "https://hub.example", offersOf: () => [] },
    log: silentLogger,
    wayOf: ({ settings }, secret) => {
      opened.push({ settings, secret });
      return {
        request: (request) => {
          requests.push(request);
          return answer(request);
        },
        connect: () => Promise.reject(new Error("nobody connects")),
      };
    },
  };
  const desk = await NotifierDesk.open(deps);
  return {
    ...{ deps, desk, store, deliveries, requests, opened, clock },
    /** Something to be told of an incident, which is made unless it is there. */
    async tell(notifierId: string, incidentId: string, { nextAt = 0, ref = null as string | null } = {}) {
      await db
        .insertInto("incident")
        .values({
          ...{ id: incidentId, rule_id: "r", rule_name: "r", state: "open", severity: "info", opened_at: 0 },
          ...{ resolved_at: null, reopened: 0, acknowledged_by: null, acknowledged_at: null, snoozed_until: null },
          evidence: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await db
        .insertInto("telling")
        .values({ incident_id: incidentId, notifier_id: notifierId, told: "{}", message_ref: ref })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const id = `${incidentId}-${nextAt}`;
      const notice = { ...testNotice(id, 0, undefined), kind: "escalated", incidentId };
      await db
        .insertInto("delivery")
        .values({
          ...{ id, incident_id: incidentId, notifier_id: notifierId, notice: JSON.stringify(notice), detail: "" },
          ...{ state: "waiting", attempts: 0, asked_at: nextAt, next_at: nextAt, ended_at: null },
        })
        .execute();
      desk.poke();
    },
    async [Symbol.asyncDispose]() {
      await desk.stop();
      await db.destroy();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const HERE = definitionOf("webhook", { url: "https://here.example/" });
const THERE = definitionOf("webhook", { url: "https://there.example/" });

test("[CR-07] a new secret goes to its own target only, also while the change is being made", async () => {
  await using world = await deskWorld(() => Promise.resolve(answered(204)));
  const { desk, store, opened } = world;
  const { id } = await desk.add(HERE, "old");
  const change = store.change.bind(store);
  const written = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  store.change = async (...given) => {
    const known = await change(...given);
    written.resolve();
    await told.promise;
    return known;
  };
  const changing = desk.change(id, THERE, "new");
  await written.promise;
  await desk.test(id, new AbortController().signal);
  told.resolve();
  await changing;
  await desk.test(id, new AbortController().signal);
  expect(opened).toEqual([
    { settings: THERE.settings, secret: "new" },
    { settings: THERE.settings, secret: "new" },
  ]);
});

test("[AL24] what a test of earlier settings came to says nothing of later ones", async () => {
  const answer = Promise.withResolvers<EgressAnswer>();
  await using world = await deskWorld(() => answer.promise);
  const { desk, requests } = world;
  const { id } = await desk.add(HERE, undefined);
  const tested = desk.test(id, new AbortController().signal);
  await waitFor(() => requests.length === 1, { describe: "it is asked" });
  await desk.change(id, THERE, undefined);
  answer.resolve(answered(404));
  expect(await tested).toMatchObject({ outcome: "failed" });
  expect((await desk.view(id)).state.is).toBe("untried");
  expect(desk.failing).toEqual([]);
});

test("[AL22] in another chat no message is edited that was written in the one before", async () => {
  await using world = await deskWorld(() => Promise.resolve(answered(200, { ok: true, result: { message_id: 7 } })));
  const { desk, requests, tell } = world;
  const chat = (chatId: string) => definitionOf("telegram", { chatId });
  const { id } = await desk.add(chat("-1"), "1:token");
  desk.start();
  await tell(id, "incident", { ref: "55" });
  await waitFor(() => requests.length === 2, { describe: "the message is edited and answered" });
  await desk.change(id, chat("-2"), "1:token");
  await tell(id, "incident", { nextAt: 1 });
  await waitFor(() => requests.length >= 3, { describe: "it is told in the other chat" });
  const methods = requests.map(({ url }) => new URL(url).pathname.split("/").at(-1));
  expect(methods).toEqual(["editMessageText", "sendMessage", "sendMessage"]);
});

test("[AL22] what comes while it is looked up what waits is not left until something else is due", async () => {
  await using world = await deskWorld(() => Promise.resolve(answered(204)));
  const { desk, deliveries, requests, clock, tell } = world;
  const { id } = await desk.add(HERE, undefined);
  const next = deliveries.next.bind(deliveries);
  const looked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await tell(id, "later", { nextAt: clock.now() + 600_000 });
  deliveries.next = async (notifierId) => {
    const found = await next(notifierId);
    looked.resolve();
    await go.promise;
    return found;
  };
  desk.start();
  await looked.promise;
  await tell(id, "now");
  go.resolve();
  await waitFor(() => requests.length === 1, { describe: "it is told" });
});

test("[AL36] who is refused three times in a row for a reason that lasts is disabled and says why, its fallback is told instead; a test that succeeds, or a change, enables it", async () => {
  let status = 404;
  await using world = await deskWorld((request) =>
    Promise.resolve(answered(request.url === "https://there.example/" ? 204 : status)),
  );
  const { desk, requests, deliveries } = world;
  const { id: fallbackId } = await desk.add({ ...THERE, name: "behind" }, undefined);
  const { id } = await desk.add({ ...HERE, fallbackId }, undefined);
  const ended = async (count: number, state: "sent" | "failed", notifierId: string) =>
    waitFor(async () => (await deliveries.list({ state, notifierId, limit: 100 })).length === count, {
      describe: `${count} of ${notifierId} are ${state}`,
    });
  desk.start();
  const asked = (): number => requests.filter(({ url }) => url === "https://here.example/").length;
  const signal = new AbortController().signal;

  // One refused message says nothing of the next one.
  status = 400;
  await world.tell(id, "i0");
  await ended(1, "failed", id);
  expect((await desk.view(id)).state.is).toBe("failing");
  expect(desk.failing.map(({ title }) => title)).toEqual(["The notifier webhook fails: answered with status 400"]);
  status = 404;
  for (const number of [1, 2]) {
    await world.tell(id, `i${number}`);
    await ended(number + 1, "failed", id);
  }
  expect(await desk.view(id)).toMatchObject({ refusals: 2, state: { is: "failing" } });
  // What is heard in between begins the count anew.
  status = 204;
  await world.tell(id, "i3");
  await ended(1, "sent", id);
  expect(await desk.view(id)).toMatchObject({ refusals: 0, state: { is: "working" } });
  status = 404;
  for (const number of [4, 5, 6]) {
    await world.tell(id, `i${number}`);
    await ended(number, "failed", id);
  }
  expect(await desk.view(id)).toMatchObject({ refusals: 3, state: { is: "stopped" } });
  expect(desk.failing.map(({ title }) => title)).toEqual([
    "The notifier webhook is disabled, because it was refused 3 times: answered with status 404: there is nothing at this address. Put that right, then test or change the notifier",
  ]);

  // Nothing is sent any more, and the one behind is told.
  const before = asked();
  status = 204;
  await world.tell(id, "i7");
  await ended(7, "failed", id);
  await ended(7, "sent", fallbackId);
  expect(asked()).toBe(before);

  // A test that fails leaves it so, one that succeeds does not.
  status = 401;
  expect((await desk.test(id, signal)).outcome).toBe("failed");
  expect((await desk.view(id)).state).toMatchObject({
    is: "stopped",
    detail: expect.stringContaining("401") as string,
  });
  status = 204;
  expect((await desk.test(id, signal)).outcome).toBe("sent");
  await world.tell(id, "i8");
  await ended(2, "sent", id);
  expect(desk.failing).toEqual([]);

  status = 403;
  for (const number of [9, 10, 11]) {
    await world.tell(id, `i${number}`);
    await ended(number - 1, "failed", id);
  }
  expect((await desk.view(id)).state.is).toBe("stopped");
  // A hub that starts anew knows it still.
  const again = await NotifierDesk.open({ ...world.deps });
  expect((await again.view(id)).state.is).toBe("stopped");
  await desk.change(id, { ...HERE, fallbackId }, undefined);
  expect(await desk.view(id)).toMatchObject({ refusals: 0, state: { is: "untried" } });
});

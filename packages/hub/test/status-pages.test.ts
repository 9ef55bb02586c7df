import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { publicStatusAnswer } from "@muster/protocol";
import { alertWorld } from "./alert-world.ts";
import type { AlertWorld } from "./alert-world.ts";
import type { Answer } from "./harness.ts";

let world: AlertWorld;
beforeEach(
  async () => void (world = await alertWorld({ hasRules: false, servers: ["kept"], services: ["nginx.service"] })),
);
afterEach(() => world[Symbol.asyncDispose]());

const add = (body: object): Promise<Answer> => world.admin.post("/api/v1/status-pages", body);
const page = (slug: string): Promise<Answer> =>
  world.hub.client().ask("GET", `/status/${slug}`, { headers: { accept: "text/html" } });
const twin = (slug: string): Promise<Answer> => world.hub.client().get(`/status/${slug}.json`);
/** A page is made anew after some seconds only. */
const fresh = (): Promise<void> => world.pass(6);

const OFFLINE = { condition: { is: "offline", severity: "critical" }, clearForMs: 0 };
const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

describe("status pages", () => {
  test("[SP1] nobody sees a page that is off, and its address answers as one that was never there", async () => {
    const { json } = await add({ slug: "shop", name: "Shop" });
    expect(json.isEnabled).toBe(false);
    for (const ask of [page, twin]) {
      const [off, none] = [await ask("shop"), await ask("nothing")];
      const bare = (answer: Answer) => ({
        status: answer.status,
        text: answer.text.replace(/"requestId":"[^"]*"/, ""),
        headers: { ...answer.headers, date: "" },
      });
      expect(off.status).toBe(404);
      expect(bare(off)).toEqual(bare(none));
    }
    await world.admin.ask("PATCH", `/api/v1/status-pages/${json.id}`, { body: { isEnabled: true } });
    expect((await page("shop")).status).toBe(200);
    expect((await twin("shop")).status).toBe(200);
    // Switched off, it is gone at once, whatever was made of it a moment ago.
    await world.admin.ask("PATCH", `/api/v1/status-pages/${json.id}`, { body: { isEnabled: false } });
    expect((await page("shop")).status).toBe(404);
    await world.admin.ask("DELETE", `/api/v1/status-pages/${json.id}`);
    expect((await world.admin.get("/api/v1/status-pages")).json.items).toEqual([]);
  });

  test("[SP4] [AZ-11] everybody learns exactly what was chosen: public names and states", async () => {
    await world.onlyRule(OFFLINE);
    const web = await world.server("web-internal-7", ["secret-tag"]);
    const other = await world.server("db-internal-9");
    for (const name of ["web-internal-7", "db-internal-9"]) world.says(name, { load1: 1 });
    await world.pass(20);
    const made = await add({
      ...{ slug: "shop", name: "Shop", isEnabled: true, text: "What we run" },
      items: [
        { kind: "server", id: web, name: "Web site" },
        { kind: "service", id: world.hub.serviceIds[0], name: "Files" },
      ],
    });
    expect(made.status, made.text).toBe(201);
    const bare = (await twin("shop")).json;
    // The service's own server has never come.
    expect(bare).toEqual({
      ...{ name: "Shop", text: "What we run", announcement: null, state: "unknown", at: expect.any(Number) },
      things: [
        { name: "Web site", state: "up" },
        { name: "Files", state: "unknown" },
      ],
    });
    await world.admin.ask("PATCH", `/api/v1/status-pages/${made.json.id}`, {
      body: { showsIncidents: true, showsHours: true, showsDays: true },
    });
    world.says("web-internal-7", undefined);
    world.says("db-internal-9", undefined);
    await world.until(async () => (await world.incidents("?state=open")).length > 0, "both are offline");
    await fresh();
    const status = (await twin("shop")).json;
    expect(publicStatusAnswer.parse(status)).toEqual(status);
    expect(status.state).toBe("down");
    // The other server is in the same incident and not on the page.
    expect(status.incidents).toEqual([{ name: "Web site", state: "down" }]);
    expect(status.things[0].days).toHaveLength(90);
    expect(status.things[0].hours).toHaveLength(24);
    const shown = await page("shop");
    for (const answer of [shown, await twin("shop")]) {
      const told = `${answer.text}${JSON.stringify(answer.headers)}`;
      for (const inner of [
        "internal",
        "nginx",
        "secret-tag",
        "offline",
        "under test",
        "admin",
        "kept",
        "uster",
        "/api/",
      ])
        expect(told, inner).not.toContain(inner);
      for (const id of [web, other, made.json.id, ...world.hub.serviceIds]) expect(told).not.toContain(id);
    }
  });

  test("[SP5] [XS-01] texts of people are text, and the page runs, loads and sends nothing", async () => {
    const id = await world.server("web");
    await add({
      ...{ slug: "shop", name: HOSTILE, isEnabled: true, text: HOSTILE, language: "ru" },
      announcement: { kind: "maintenance", text: HOSTILE },
      ...{ items: [{ kind: "server", id, name: HOSTILE }], showsDays: true },
    });
    const { text, headers } = await page("shop");
    expect(text).not.toContain("<img");
    expect(text.match(/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/g)).toHaveLength(5);
    expect(text).not.toMatch(/<script|<a |<form|<link|\son\w+="|style="/);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["set-cookie"]).toBeUndefined();
  });

  test("[SP6] it is made anew after five seconds at most as often as that, and one address asks so much", async () => {
    const id = await world.server("web");
    await add({ slug: "shop", name: "Shop", isEnabled: true, items: [{ kind: "server", id, name: "Web" }] });
    const client = world.hub.client();
    const first = await client.get("/status/shop.json");
    await world.pass(3);
    expect((await client.get("/status/shop.json")).json.at).toBe(first.json.at);
    expect(first.headers["cache-control"]).toBe("public, max-age=5");
    const etag = first.headers["etag"] as string;
    expect((await client.ask("GET", "/status/shop.json", { headers: { "if-none-match": etag } })).status).toBe(304);
    await fresh();
    expect((await client.get("/status/shop.json")).json.at).toBeGreaterThan(first.json.at);
    const answers = await Promise.all(Array.from({ length: 70 }, () => client.get("/status/shop.json")));
    expect(answers.filter(({ code }) => code === "RATE_LIMITED").length).toBeGreaterThanOrEqual(10);
    // Whoever asks from elsewhere is not held up.
    expect((await twin("shop")).status).toBe(200);
  });

  test("[SP3] bars count looks once a minute, are kept, and know nothing of the time before", async () => {
    const id = await world.server("web");
    world.says("web", { load1: 1 });
    await world.pass(20);
    await add({
      ...{ slug: "shop", name: "Shop", isEnabled: true, showsHours: true, showsDays: true },
      items: [{ kind: "server", id, name: "Web" }],
    });
    await world.pass(130);
    world.says("web", undefined);
    // Three missed intervals are stale, six are offline.
    await world.pass(240);
    await fresh();
    const { hours, days } = (await twin("shop")).json.things[0];
    expect(hours.at(-1).upRatio).toBeGreaterThan(0.3);
    expect(hours.at(-1).upRatio).toBeLessThan(0.8);
    expect(days.at(-1).upRatio).toBe(hours.at(-1).upRatio);
    expect(days.slice(0, -1).every((bar: { upRatio: unknown }) => bar.upRatio === null)).toBe(true);
    const kept = world.hub.state.prepare("SELECT up, down FROM uptime WHERE span = 'hours'").all();
    expect(kept).toEqual([{ up: expect.any(Number), down: expect.any(Number) }]);
  });

  test("[SP2] what is announced ends by itself; what is gone is shown no more and said to whoever made the page", async () => {
    const id = await world.server("web");
    const until = world.hub.clock.now() + 30_000;
    const body = {
      ...{ slug: "shop", name: "Shop", isEnabled: true, items: [{ kind: "server", id, name: "Web" }] },
      announcement: { kind: "maintenance", text: "New disks", until },
    };
    const made = await add(body);
    expect((await twin("shop")).json.announcement).toEqual({ kind: "maintenance", text: "New disks", until });
    expect((await add(body)).json.error).toMatchObject({
      code: "CONFLICT",
      fields: { "body.slug": expect.any(String) },
    });
    const twice = { ...body, slug: "other", items: [...body.items, ...body.items] };
    expect((await add(twice)).json.error.fields).toEqual({ "body.items.1": "is on the page already" });
    const unknown = { ...body, slug: "other", items: [{ kind: "probe", id, name: "Web" }] };
    expect((await add(unknown)).json.error.fields).toEqual({ "body.items.0.id": "there is no such probe" });
    await world.admin.ask("DELETE", `/api/v1/servers/${id}`);
    await world.pass(40);
    expect((await twin("shop")).json).toMatchObject({ announcement: null, things: [] });
    const [view] = (await world.admin.get("/api/v1/status-pages")).json.items;
    expect(view.items).toEqual([{ kind: "server", id, name: "Web", isGone: true }]);
    // It may stay while something else is changed.
    const changed = await world.admin.ask("PATCH", `/api/v1/status-pages/${made.json.id}`, {
      body: { text: "new", items: body.items },
    });
    expect(changed.status, changed.text).toBe(200);
  });
});

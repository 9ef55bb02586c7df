import { writeFileSync } from "node:fs";
import type { DeliveryView, NotifierView } from "@muster/protocol";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { idOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const notifierOf = (number: number, name: string, more: Partial<NotifierView> = {}): NotifierView => ({
  ...{ id: idOf("batch", number), kind: "webhook", name, settings: { url: "https://hooks.example/" } },
  ...{ isEnabled: true, isDefault: true, severityLeast: "warning", delayMs: 0, repeatMs: 0, hours: null },
  ...{ fallbackId: null, target: "https://hooks.example/", hasSecret: false, createdAt: 1, waiting: 0, refusals: 0 },
  state: { is: "working", since: 1, detail: "" },
  ...more,
});
const OPS = notifierOf(1, "ops");
const BOSS = notifierOf(2, "boss\u001b[2J", {
  ...{ delayMs: 600_000, isDefault: false, hasSecret: true },
  hours: { zone: "Europe/Berlin", spans: [{ days: [1, 2], from: "08:00", until: "18:00" }] },
});
const LIST: Handlers = { "GET /api/v1/notifiers": () => ({ items: [OPS, BOSS] }) };

const muster = musterAt(LIST);

describe("notifiers", () => {
  test("are a table that says what each of them hears", async () => {
    const { output } = await muster(["notify"]);
    expect(output).toMatch(/working +ops +webhook +https:\/\/hooks\.example\/ +warning +always +0/);
    expect(output).toContain("warning, after 10m, where a rule names it  Mon,Tue 08:00-18:00 (Europe/Berlin)");
    expect(output).not.toContain("\u001b");
    expect(JSON.parse((await muster(["notify", "show", "ops", "--json"])).output)).toEqual(OPS);
    expect((await muster(["notify", "show", "ops"])).output).toMatch(/^secret: +none$/m);
  });

  test("say a text or a report by hand, and end with 1 where it was not taken", async () => {
    const bodies: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/notifiers/{id}/messages": ({ body }) => {
        bodies.push(body);
        const outcome = body.report === "warn" ? ("failed" as const) : ("sent" as const);
        return { outcome, detail: outcome === "sent" ? "" : "no answer in time", tookMs: 7, text: "x" };
      },
    };
    const said = await muster(["notify", "say", "ops", "New disks tonight"], handlers);
    expect([said.code, said.output]).toEqual([0, "sent (7 ms)\n"]);
    const failed = await muster(["notify", "say", "ops", "--warn"], handlers);
    expect([failed.code, failed.output]).toEqual([1, "failed: no answer in time (7 ms)\n"]);
    expect((await muster(["notify", "say", "ops", "--stats"], handlers)).code).toBe(0);
    expect(bodies).toEqual([
      { text: "New disks tonight", language: "en" },
      { report: "warn", language: "en" },
      { report: "stats", language: "en" },
    ]);
    for (const argv of [[], ["x", "--stats"], ["--stats", "--warn"]])
      expect((await muster(["notify", "say", "ops", ...argv], handlers)).code, argv.join(" ")).toBe(64);
  });

  test("are previewed with the texts they have, or others, of something made up or an incident", async () => {
    const bodies: unknown[] = [];
    const kept = { ...OPS, kind: "log" as const, settings: { titleTemplate: "Old", textTemplate: "" } };
    const handlers: Handlers = {
      "GET /api/v1/notifiers": () => ({ items: [kept] }),
      "POST /api/v1/notifier-previews": ({ body }) => {
        bodies.push(body);
        const said = { kind: "opened" as const, title: "Ours\u001b[2J", lines: ["one", ""], url: "https://hub/i" };
        return { items: [{ ...said, body: null, isJson: null }] };
      },
    };
    const { output } = await muster(["notify", "preview", "ops"], handlers);
    expect(output).toBe("opened:\n  Ours\\u001b[2J\n  one\n\n  https://hub/i\n");
    const id = idOf("action", 1);
    await muster(["notify", "preview", "ops", "--set", "textTemplate={{lines}}", "--incident", id], handlers);
    expect(bodies).toEqual([
      { kind: "log", settings: { titleTemplate: "Old", textTemplate: "" } },
      { kind: "log", settings: { titleTemplate: "Old", textTemplate: "{{lines}}" }, incident: id },
    ]);
    const wrong = await muster(["notify", "preview", "ops", "--set", "titleTemplate={{tilte}}"], handlers);
    expect([wrong.code, wrong.errors]).toEqual([64, expect.stringContaining("knows no {{tilte}}")]);
  });

  test("kinds say their settings without a hub", async () => {
    expect((await commandLine(["notify", "kinds"])).output).toContain("telegram");
    expect((await commandLine(["notify", "kinds", "email"])).output).toMatch(/^host +needed$/m);
    expect((await commandLine(["notify", "kinds", "pigeon"])).code).toBe(64);
  });

  test("are added with settings by name and a secret from standard input or a file, never an argument", async () => {
    await using directory = await temporaryDirectory("notify");
    writeFileSync(directory.file("token"), "from-file\n");
    const bodies: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/notifiers": ({ body }) => {
        bodies.push(body);
        return OPS;
      },
    };
    const add = ["notify", "add", "telegram", "team", "--set", "chatId=-100123"];
    const more = ["--severity", "error", "--delay", "10m", "--repeat", "1h", "--only-named", "--fallback", "ops"];
    const hours = ["--hours", "Fri-Mon 22:00-06:00", "--zone", "Europe/Berlin"];
    expect((await muster([...add, ...more, ...hours, "--secret"], handlers, { answers: ["typed"] })).code).toBe(0);
    expect((await muster([...add, "--secret-file", directory.file("token")], handlers)).code).toBe(0);
    expect(bodies).toMatchObject([
      {
        ...{ kind: "telegram", name: "team", secret: "typed", settings: { chatId: "-100123" }, isDefault: false },
        ...{ severityLeast: "error", delayMs: 600_000, repeatMs: 3_600_000, fallbackId: OPS.id },
        hours: { zone: "Europe/Berlin", spans: [{ days: [5, 6, 7, 1], from: "22:00", until: "06:00" }] },
      },
      { secret: "from-file", isDefault: true },
    ]);
  });

  test.each([
    [["--set", "colour=red"], "colour is no setting of this kind"],
    [[], "url is needed"],
    [["--set", "url=https://a/", "--hours", "sometimes"], "--hours"],
    [["--set", "url=https://a/", "--hours", "Foo 08:00-09:00"], "Foo is no day"],
    [["--set", "url=https://a/", "--zone", "UTC"], "goes with --hours"],
  ])("%j is told before the hub is asked", async (more, words) => {
    const { code, errors } = await muster(["notify", "add", "webhook", "n", ...more]);
    expect([code, errors.includes(words)]).toEqual([64, true]);
  });

  test("a change keeps what is not told, and says when the secret was forgotten", async () => {
    const bodies: unknown[] = [];
    const handlers: Handlers = {
      "PATCH /api/v1/notifiers/{id}": ({ body }) => {
        bodies.push(body);
        return { ...BOSS, hasSecret: false };
      },
    };
    const edit = (...more: readonly string[]) => muster(["notify", "edit", idOf("batch", 2), ...more], handlers);
    const { output } = await edit("--set", "url=https://b/", "--hours", "always");
    expect(bodies).toMatchObject([{ settings: { url: "https://b/" }, hours: null }]);
    expect(Object.keys(bodies[0] as object).toSorted()).toEqual(["hours", "settings"]);
    await edit("--hours", "Sat 08:00-12:00");
    await edit("--zone", "Asia/Tokyo");
    expect((await edit("--enable", "--disable")).errors).toContain("--enable: goes without --disable");
    expect(bodies.slice(1)).toEqual([
      { hours: { zone: "Europe/Berlin", spans: [{ days: [6], from: "08:00", until: "12:00" }] } },
      { hours: { zone: "Asia/Tokyo", spans: [{ days: [1, 2], from: "08:00", until: "18:00" }] } },
    ]);
    expect(output).toContain("its secret was forgotten");
  });

  test("a test that is not taken ends with 1 and says why", async () => {
    const test = (outcome: "sent" | "failed") =>
      muster(["notify", "test", "ops"], {
        "POST /api/v1/notifiers/{id}/test": () => ({
          outcome,
          detail: outcome === "sent" ? "" : "404\u001b[2J",
          tookMs: 12,
        }),
      });
    expect(await test("sent")).toMatchObject({ code: 0, output: "sent (12 ms)\n" });
    expect(await test("failed")).toMatchObject({ code: 1, output: "failed: 404\\u001b[2J (12 ms)\n" });
  });

  test("deliveries are listed, and what was given up is tried again", async () => {
    const delivery: DeliveryView = {
      ...{ id: idOf("action", 1), incidentId: null, notifierId: OPS.id, notifier: "ops", kind: "opened" },
      ...{
        title: "web-1 is offline",
        state: "failed",
        attempts: 4,
        askedAt: 1,
        nextAt: null,
        endedAt: 2,
        detail: "404",
      },
    };
    const queries: unknown[] = [];
    const handlers: Handlers = {
      "GET /api/v1/deliveries": ({ query }) => {
        queries.push(query);
        return { items: [delivery] };
      },
      "POST /api/v1/deliveries/{id}/retry": () => ({ ...delivery, state: "waiting", endedAt: null, nextAt: 3 }),
    };
    const { output } = await muster(["notify", "deliveries", "--state", "failed", "--notifier", "ops"], handlers);
    expect(output).toMatch(/failed .* ops +opened .* 4 +web-1 is offline +404/);
    expect((await muster(["notify", "retry", "0192"], handlers)).output).toContain("web-1 is offline");
    expect(queries[0]).toEqual({ state: "failed", notifier: OPS.id });
  });

  test("removing asks first", async () => {
    const asked = await muster(["notify", "delete", "ops"]);
    expect([asked.code, asked.errors.includes("--yes")]).toEqual([64, true]);
  });
});

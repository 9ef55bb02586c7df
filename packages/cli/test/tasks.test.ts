import { writeFileSync } from "node:fs";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { idOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";
import { NIGHTLY, NIGHTLY_ID, PREVIEW, run, SWEEP, TASKS_HUB } from "./tasks-hub.ts";

const muster = musterAt(TASKS_HUB);

/** Answers as the hub does, and keeps what was asked. */
function keeper() {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    "POST /api/v1/tasks": ({ body }) => {
      bodies.push(body);
      return { ...NIGHTLY, ...body };
    },
    "PUT /api/v1/tasks/{id}": ({ params, body }) => {
      bodies.push({ id: params.id, ...body });
      return { ...NIGHTLY, ...body };
    },
  };
  return { bodies, handlers };
}

describe("tasks", () => {
  test("are a table that says what each does, when it is due by its own clock, and how it did last", async () => {
    const { output } = await muster(["tasks"]);
    expect(output).toMatch(
      /^planned +Nightly +at 03:00 +2026-11-28 03:00 Europe\/Berlin +failed 1 min ago, took 8 s, 2 s late +service\.restart 1 service$/m,
    );
    expect(output).toMatch(/^suspended +Weekly sweep +at 03:00 +– +never +backup of the hub, 7 are kept$/m);
    const foreign = { ...NIGHTLY, words: "x\u001b[2J" };
    const shown = await muster(["tasks"], { "GET /api/v1/tasks": () => ({ items: [foreign] }) });
    expect(shown.output).toContain("x\\u001b[2J");
    expect((await muster(["names", "tasks"])).output).toBe(`Nightly\n${SWEEP.id}\n`);
  });

  test("one is shown with its statistics, next slots and newest runs", async () => {
    const { output } = await muster(["tasks", "show", "Nightly"], {
      "GET /api/v1/tasks/{id}": () => ({
        task: NIGHTLY,
        statistics: {
          counts: { succeeded: 80, failed: 2 },
          durationMs: { median: 400, p95: 9_000, max: 61_000 },
          lateMs: null,
        },
      }),
      "GET /api/v1/runs": () => ({
        items: [run(1, { outcome: "missed", slotCount: 3, detail: "the hub was not there" })],
      }),
    });
    expect(output).toMatch(/^does: +service\.restart nginx@web-1$/m);
    expect(output).toMatch(/^90 days: +80 succeeded, 2 failed$/m);
    expect(output).toMatch(/^took: +half within 400 ms, 95 % within 9 s, at most 1 min 1 s$/m);
    expect(output).toContain("Next:\n  Sat 2026-11-28 03:00:00 GMT+1\nNote: The clock changes.\n");
    expect(output).toMatch(/^missed .* and 2 more .*the hub was not there$/m);
  });

  test.each<readonly [readonly string[], object]>([
    [
      ["--cron", "0 3 * * *", "--action", "service.restart", "--on", "nginx@web-1", "--on", "api"],
      {
        schedule: { is: "cron", expression: "0 3 * * *" },
        work: { is: "action", args: {}, targets: { services: [idOf("service", 1), idOf("service", 3)] } },
      },
    ],
    [
      ["--every", "6h", "--action", "service.stop", "--on", "tag:prod", "--on", "name:nginx", "--on", "server:web-1"],
      {
        schedule: { is: "every", everyMs: 21_600_000, from: 0 },
        work: { targets: { tag: "prod", name: "nginx", servers: [idOf("server", 1)] } },
      },
    ],
    [
      [
        "--once",
        "2026-12-24T18:00",
        "--zone",
        "Europe/Berlin",
        "--action",
        "exec.run",
        "--on",
        "web-2",
        "--arg",
        "command=rotate",
        "--arg",
        "days=7",
      ],
      {
        schedule: { is: "once", at: Date.parse("2026-12-24T17:00Z") },
        work: { args: { command: "rotate", days: 7 }, targets: { servers: [idOf("server", 2)] } },
      },
    ],
    [
      [
        ...["--cron", "0 0 1 * *", "--backup", "3", "--overlap", "queue", "--missed", "once", "--missed-within", "2h"],
        ...["--retries", "2", "--retry-delay", "10s", "--timeout", "1h", "--jitter", "5m", "--late-after", "1m"],
        ...["--no-tell-failure", "--disabled"],
      ],
      {
        ...{ work: { is: "backup", keep: 3 }, overlap: "queue", missed: "once", missedWithinMs: 7_200_000 },
        ...{ retries: { most: 2, delayMs: 10_000 }, timeoutMs: 3_600_000, jitterMs: 300_000, isEnabled: false },
        tell: { failure: false, lateAfterMs: 60_000 },
      },
    ],
  ])("one is added by options: %j", async (argv, body) => {
    const { bodies, handlers } = keeper();
    const { code, errors } = await muster(["tasks", "add", "--name", "Nightly", ...argv], handlers);
    expect([code, errors]).toEqual([0, ""]);
    expect(bodies).toMatchObject([
      { name: "Nightly", zone: argv.includes("--zone") ? "Europe/Berlin" : "UTC", ...body },
    ]);
  });

  test("all that is wrong is told at its option, before the hub is asked for anything", async () => {
    const { bodies, handlers } = keeper();
    const argv = [
      "--every",
      "soon",
      "--zone",
      "Atlantis",
      "--action",
      "service.restart",
      "--on",
      "nginx",
      "--on",
      "api@web-9",
    ];
    const { code, errors } = await muster(["tasks", "add", ...argv, "--retries", "12"], handlers);
    expect(code).toBe(64);
    for (const line of [
      "--every: must be a span such as",
      "--on.0: nginx is the name of 2 services: write NAME@SERVER",
      "--on.1: there is no service called api@web-9",
      "--name: ",
      "--retries",
    ])
      expect(errors).toContain(line);
    expect((await muster(["tasks", "add", "--name", "x", "--cron", "0 3 * * *"])).errors).toContain(
      "--action: is needed",
    );
    const both = ["--cron", "0 3 * * *", "--every", "1h", "--backup", "--notify", "Chat"];
    const { errors: twice } = await muster(["tasks", "add", "--name", "x", ...both]);
    expect(twice).toContain("--every: goes without cron");
    expect(twice).toContain("--backup: goes without notify");
    expect(bodies).toEqual([]);
  });

  test("several are added from a file, and what is wrong in any of them is told at its place before any is added", async () => {
    await using directory = await temporaryDirectory("tasks");
    const { bodies, handlers } = keeper();
    const file = directory.file("tasks.yaml");
    writeFileSync(
      file,
      `tasks:
  - name: Nightly restart
    cron: 0 3 * * *
    zone: Europe/Berlin
    action: service.restart
    on: [nginx@web-1, api]
    retries: 2
    timeout: 5m
  - {name: Tidy, every: 1d, from: 2026-12-01T04:00, action: exec.run, args: {command: tidy}, on: {tag: prod, servers: [web-1]}}
  - name: As the API says it
    schedule: {is: once, at: 1900000000000}
    work: {is: backup, keep: 2}
`,
    );
    const { code, output } = await muster(["tasks", "add", "--file", file], handlers);
    expect([code, output.split("\n").length]).toEqual([0, 4]);
    expect(bodies).toMatchObject([
      {
        ...{ name: "Nightly restart", timeoutMs: 300_000, retries: { most: 2, delayMs: 30_000 } },
        work: { targets: { services: [idOf("service", 1), idOf("service", 3)] } },
      },
      {
        schedule: { is: "every", everyMs: 86_400_000, from: Date.parse("2026-12-01T04:00Z") },
        work: { args: { command: "tidy" }, targets: { tag: "prod", servers: [idOf("server", 1)] } },
      },
      { schedule: { is: "once", at: 1_900_000_000_000 }, work: { is: "backup", keep: 2 } },
    ]);
    writeFileSync(
      file,
      `- {name: A, cron: 99 3 * * *, backup: 7}
- {name: A, cron: 0 3 * * *, backup: 7, colour: red}
- {name: A, cron: 0 3 * * *, backup: 7, overlap: both}
- {name: A, cron: 0 3 * * *, probes: [Shop]}
- {name: B, schedule: {is: cron}, work: {is: backup}}
`,
    );
    const bad = await muster(["tasks", "add", "--file", file], handlers);
    expect(bad.code).toBe(64);
    for (const line of [
      "tasks.0.cron: cannot be read: there is no minute 99",
      "tasks.1.colour: is no field of a task",
      "tasks.2.overlap: ",
      "tasks.3.probes.0: there is no probe called Shop",
      "tasks.4.schedule.expression: ",
    ])
      expect(bad.errors).toContain(line);
    expect((await muster(["tasks", "add", "--file", file, "--name", "x"])).errors).toContain("goes without");
    expect(bodies).toHaveLength(3);
  });

  test("a change keeps what is not told", async () => {
    const { bodies, handlers } = keeper();
    await muster(["tasks", "set", "Nightly", "--retries", "3", "--on", "nginx@web-2"], handlers);
    await muster(["tasks", "set", NIGHTLY_ID.slice(0, 36), "--cron", "0 4 * * *"], handlers);
    await muster(["tasks", "set", "Nightly", "--zone", "Asia/Tokyo", "--late-after", "none"], handlers);
    expect(bodies).toMatchObject([
      {
        ...{ id: NIGHTLY_ID, zone: "Europe/Berlin", schedule: NIGHTLY.schedule, retries: { most: 3, delayMs: 30_000 } },
        work: { is: "action", action: "service.restart", targets: { services: [idOf("service", 2)] } },
      },
      { schedule: { is: "cron", expression: "0 4 * * *" }, work: NIGHTLY.work },
      { zone: "Asia/Tokyo", tell: { failure: true, lateAfterMs: null } },
    ]);
  });

  test("one is switched, and removed after a question", async () => {
    const asked: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/tasks/{id}/enable": ({ body }) => {
        asked.push(body);
        return { ...NIGHTLY, ...body };
      },
      "DELETE /api/v1/tasks/{id}": ({ params }) => {
        asked.push(params.id);
        return null;
      },
    };
    await muster(["tasks", "disable", "Nightly"], handlers);
    expect((await muster(["tasks", "enable", "Nightly"], handlers)).output).toContain(
      "is on; it runs 2026-11-28 03:00",
    );
    expect((await muster(["tasks", "delete", "Nightly"], handlers, { answers: ["no"] })).code).toBe(64);
    expect((await muster(["tasks", "delete", "Nightly", "--yes"], handlers)).code).toBe(0);
    expect(asked).toEqual([{ isEnabled: false }, { isEnabled: true }, NIGHTLY_ID]);
  });

  test("a schedule is previewed in words and times, of a task or by options", async () => {
    const bodies: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/task-previews": ({ body }) => {
        bodies.push(body);
        return PREVIEW;
      },
    };
    const { output } = await muster(["tasks", "preview", "--cron", "0 3 * * *", "--zone", "Europe/Berlin"], handlers);
    expect(output).toBe("at 03:00, Europe/Berlin:\n  Sat 2026-11-28 03:00:00 GMT+1\nNote: The clock changes.\n");
    await muster(["tasks", "preview", "Nightly", "--count", "3"], handlers);
    expect(bodies).toMatchObject([
      { count: 10, zone: "Europe/Berlin" },
      { count: 3, schedule: NIGHTLY.schedule },
    ]);
    expect((await muster(["tasks", "preview"])).errors).toContain("--cron: is needed");
    const wrong = await muster(["tasks", "preview", "--cron", "99 3 * * *"]);
    expect([wrong.code, wrong.errors.includes("--cron: cannot be read: there is no minute 99")]).toEqual([64, true]);
  });
});

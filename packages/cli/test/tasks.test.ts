import { writeFileSync } from "node:fs";
import { TASK_DEFAULTS } from "@muster/core";
import type { resources, RouteAnswer, TaskRunView, TaskView } from "@muster/protocol";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf, serviceOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;

const NOW = Date.now();
const task = (number: number, name: string, more: Partial<TaskView> = {}): TaskView => ({
  ...TASK_DEFAULTS,
  id: idOf("batch", number),
  name,
  zone: "Europe/Berlin",
  schedule: { is: "cron", expression: "0 3 * * *" },
  work: { is: "action", action: "service.restart", args: {}, targets: { services: [idOf("service", 1)] } },
  words: "at 03:00",
  owner: "olga",
  suspended: null,
  nextAt: Date.parse("2026-11-28T02:00Z"),
  lastRun: null,
  runningCount: 0,
  createdAt: 1,
  changedAt: 1,
  ...more,
});
const run = (number: number, more: Partial<TaskRunView> = {}): TaskRunView => ({
  id: idOf("action", number),
  taskId: NIGHTLY_ID,
  task: "Nightly",
  slot: NOW - 60_000,
  cause: "asked",
  by: "olga",
  state: "ended",
  outcome: "succeeded",
  detail: "",
  attempt: 1,
  notBefore: NOW - 60_000,
  startedAt: NOW - 58_000,
  lateMs: 2_000,
  endedAt: NOW - 50_000,
  slotCount: 1,
  slotLast: NOW - 60_000,
  ...more,
});
const NIGHTLY_ID = idOf("batch", 1);
const NIGHTLY = task(1, "Nightly", { lastRun: run(1, { outcome: "failed" }) });
const SWEEP = task(2, "Weekly sweep", { suspended: "pavel may not do this any more", work: { is: "backup", keep: 7 } });
const PREVIEW = {
  words: "at 03:00",
  slots: [{ at: 1, local: "Sat 2026-11-28 03:00:00 GMT+1" }],
  notes: ["The clock changes."],
};

const BASE: Handlers = {
  "GET /api/v1/tasks": () => ({ items: [NIGHTLY, SWEEP] }),
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1"), serverOf(2, "web-2")] }),
  "GET /api/v1/services": () => ({
    items: [serviceOf(1, "nginx@web-1"), serviceOf(2, "nginx@web-2"), serviceOf(3, "api@web-1")],
  }),
  "GET /api/v1/probes": () => ({ items: [] }),
  "GET /api/v1/notifiers": () => ({ refuse: "FORBIDDEN" }),
  "POST /api/v1/task-previews": ({ body }) =>
    body.schedule.is === "cron" && body.schedule.expression.startsWith("99")
      ? { refuse: "BAD_REQUEST", fields: { "body.schedule.expression": "cannot be read: there is no minute 99" } }
      : PREVIEW,
};

async function muster(argv: readonly string[], handlers: Handlers = {}, more: CommandLineOptions = {}) {
  await using hub = await scriptedHub({ ...BASE, ...handlers });
  return await commandLine(argv, { env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url }, ...more });
}

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

describe("a run", () => {
  const action = (state: "sent" | "ended", outcome: resources.ActionView["outcome"] = null): resources.ActionView => ({
    ...{ id: idOf("action", 9), batchId: idOf("batch", 9), serverId: idOf("server", 1), server: "web-1" },
    ...{ serviceId: null, action: "exec.run", args: { command: "tidy" }, actor: "olga", door: "task", reason: "" },
    ...{ state, outcome, detail: outcome === "failed" ? "exit 2" : "", exit: null, askedAt: NOW, sentAt: NOW },
    ...{
      endedAt: state === "ended" ? NOW + 10 : null,
      auditSeq: 1,
      output: state === "ended" ? "no\u001b[2J space\n" : null,
    },
  });
  const going: RunDetail = { run: run(5, { state: "running", outcome: null, endedAt: null }), actions: [], steps: [] };
  const script = (...details: readonly RunDetail[]): Handlers => {
    let place = 0;
    return {
      "POST /api/v1/tasks/{id}/run": () => going.run,
      "GET /api/v1/runs/{id}": () => details[Math.min(place++, details.length - 1)]!,
    };
  };

  test.each([
    ["succeeded", 0],
    ["failed", 72],
    ["refused", 77],
    ["unknown", 75],
    ["timed-out", 75],
    ["cancelled", 72],
  ] as const)("that %s ends the command with %i, after all that became of it was told", async (outcome, code) => {
    const ended = { ...going, run: run(5, { outcome, detail: "1 of 1", attempt: 2 }) };
    const result = await muster(
      ["run", "Nightly"],
      script(
        { ...going, actions: [{ attempt: 1, action: action("sent") }] },
        { ...going, actions: [{ attempt: 1, action: action("ended", "failed") }] },
        ended,
      ),
    );
    expect(result.code).toBe(code);
    expect(result.output.split("\n").slice(0, -1)).toEqual([
      expect.stringMatching(/^running +Nightly$/),
      expect.stringMatching(/^ {2}sent +run tidy@web-1$/),
      expect.stringMatching(/^ {2}failed +run tidy@web-1: exit 2$/),
      expect.stringMatching(new RegExp(`^${outcome} +Nightly, attempt 2: 1 of 1 \\(8 s\\)$`)),
    ]);
  });

  test("is not waited for with --no-wait, and as JSON is one value", async () => {
    const asked = await muster(["run", "Nightly", "--no-wait"], script());
    expect([asked.code, asked.output]).toEqual([0, expect.stringMatching(/^running +Nightly\n$/)]);
    const ended = { ...going, run: run(5) };
    const { output } = await muster(["run", "Nightly", "--json"], script(ended));
    expect(JSON.parse(output)).toEqual(ended);
  });

  test("that goes on when the waiting ends says where to look", async () => {
    const stop = new AbortController();
    const { code, errors } = await muster(
      ["run", "Nightly"],
      {
        ...script(),
        "GET /api/v1/runs/{id}": () => {
          stop.abort();
          return going;
        },
      },
      { stopSignal: stop.signal },
    );
    expect([code, errors.includes(`muster runs show ${going.run.id}`)]).toEqual([75, true]);
  });

  test("is shown with what it asked for and what programs printed, and cancelled", async () => {
    const detail: RunDetail = {
      run: run(5, { outcome: "failed", detail: "exit 2", attempt: 2 }),
      actions: [{ attempt: 1, action: action("ended", "failed") }],
      steps: [{ attempt: 2, what: "Shop", outcome: "failed", detail: "refused", output: "HTTP 502", endedAt: NOW }],
    };
    const handlers: Handlers = {
      "GET /api/v1/runs": ({ query }) => ({ items: query.outcome === "missed" ? [] : [run(5)] }),
      "GET /api/v1/runs/{id}": () => detail,
      "POST /api/v1/runs/{id}/cancel": () => run(5, { outcome: "cancelled", detail: "cancelled by olga" }),
    };
    const { output } = await muster(["runs", "show", run(5).id.slice(0, 30)], handlers);
    expect(output).toMatch(/Attempt 1:\nfailed +run tidy@web-1: exit 2\n {4}no.* space\n/);
    expect(output).toMatch(/Attempt 2:\nfailed +Shop: refused\n {4}HTTP 502\n/);
    expect(output).not.toContain("\u001b");
    expect((await muster(["runs", "cancel", run(5).id], handlers)).output).toMatch(
      /^cancelled +Nightly: cancelled by olga/,
    );
    expect((await muster(["tasks", "runs", "Nightly", "--outcome", "missed"], handlers)).output).toBe("No runs.\n");
    expect((await muster(["runs"], handlers)).output).toContain(run(5).id);
  });
});

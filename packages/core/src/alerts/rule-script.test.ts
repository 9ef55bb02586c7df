import { describe, expect, test } from "vitest";
import type { RuleDefinition } from "./rule.ts";
import { parseLooks } from "./looks.ts";
import { parseRuleScript } from "./rule-script.ts";
import type { CheckRule } from "./rule-script.ts";
import { runRuleScript } from "./run-rule-script.ts";
import type { ScriptVerdict } from "./run-rule-script.ts";

/** What the API's check does with what a test writes out whole. */
const whole: CheckRule = (rule) => ({ ok: true, rule: rule as unknown as RuleDefinition });

function problems(tree: object): Readonly<Record<string, string>> {
  const parsed = parseRuleScript({ rules: ["cpu"], ...tree }, whole);
  return parsed.ok ? {} : parsed.problems;
}

function told(tree: object): ScriptVerdict {
  const parsed = parseRuleScript(tree, whole);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return runRuleScript(parsed.script);
}

describe("looks", () => {
  const looks = (text: string) => parseLooks(text, 60_000, (word) => word === "ok" || word === "bad");

  test.each([
    ["0.5", [0.5]],
    ["-1 x2, 1e3", [-1, -1, 1_000]],
    ["0..1 x3", [0, 0.5, 1]],
    ["ok x2m, bad", ["ok", "ok", "bad"]],
    ["(ok, bad x2) x2, ok", ["ok", "bad", "bad", "ok", "bad", "bad", "ok"]],
    ["ok until 2m, 0..1 until 5m", ["ok", "ok", 0, 0.5, 1]],
    ["((ok, bad) x2, ok)", ["ok", "bad", "ok", "bad", "ok"]],
  ])("%s", (text, expected) => expect(looks(text)).toEqual({ ok: true, looks: expected }));

  test.each([
    ["", "nothing where a look should be"],
    ["ok,", "nothing where a look should be"],
    ["ok bad", "bad where a comma"],
    ["(ok", "a bracket that does not end"],
    ["ok)", ") where a comma"],
    ["good", "good, which is no look"],
    ["0..", "does not go from a number"],
    ["ok x0", "x0, which is neither"],
    ["ok until 90s", "until 90s, which is no span"],
    ["ok x3, bad until 3m", "is past 3m already"],
    ["(ok until 3m) x2", "until in brackets"],
    ["ok x90s", "x90s, which is neither"],
    ["ok x99999999", "more than"],
    [`${"(ok x2000) x2000"}`, "more than"],
    ["(((((((((ok)))))))))", "too many brackets"],
  ])("%s is refused", (text, why) => {
    const parsed = looks(text);
    expect(parsed.ok ? "" : parsed.problem).toContain(why);
  });
});

const NIGHT = { days: [1, 7], from: "22:00", until: "06:00" };
const SERVER_A = { default: "cpu", servers: ["a"] };

test.each<[object, string]>([
  [{ rules: [] }, "rules"],
  [{ rules: ["cpus"] }, "rules.0.default"],
  [{ rules: [{ default: "cpu", notifiers: ["nobody"] }] }, "rules.0.notifiers.0"],
  [{ sries: {} }, "sries"],
  [{ step: "0" }, "step"],
  [{ step: "often" }, "step"],
  [{ start: "yesterday" }, "start"],
  [{ length: "10000d" }, "length"],
  [{ series: { cpu_busy_ratio: "0.5" } }, "series.cpu_busy_ratio"],
  [{ series: { "cpu_busy_ratio{1=2}@web": "0.5" } }, "series.cpu_busy_ratio{1=2}@web"],
  [{ series: { "cpu_busy_ratio@web": "online" } }, "series.cpu_busy_ratio@web"],
  [{ series: { "server web": "0.5" } }, "series.server web"],
  [{ series: { "service nginx": "running" } }, "series.service nginx"],
  [{ series: { "hub toaster": "ok" } }, "series.hub toaster"],
  [{ notifiers: { ops: { severity: "bad" } } }, "notifiers.ops.severity"],
  [{ notifiers: { ops: { hours: { zone: "Nowhere" } } } }, "notifiers.ops.hours.zone"],
  [{ notifiers: { ops: { hours: {} } } }, "notifiers.ops.hours.spans"],
  [{ notifiers: { ops: { hours: { zon: "UTC", spans: [NIGHT] } } } }, "notifiers.ops.hours.zon"],
  [{ notifiers: { ops: { hours: { spans: [{ ...NIGHT, days: ["Mon"] }] } } } }, "notifiers.ops.hours.spans.0"],
  [{ notifiers: { ops: { hours: { spans: [{ ...NIGHT, until: "25:00" }] } } } }, "notifiers.ops.hours.spans.0"],
  [{ notifiers: { ops: { edits: "yes" } } }, "notifiers.ops.edits"],
  [{ notifiers: { ops: { onlyNamed: 1 } } }, "notifiers.ops.onlyNamed"],
  [{ rules: [SERVER_A, { default: "cpu", notifiers: ["a"] }] }, "rules.1.notifiers.0"],
  [{ do: [{ at: "5m", do: "dance" }] }, "do.0.do"],
  [{ do: [{ at: "5m", do: "snooze" }] }, "do.0.for"],
  [{ do: [{ do: "ack" }] }, "do.0.at"],
  [{ silences: [{ from: "0", until: "5m", rules: ["x"] }] }, "silences.0.rules.0"],
  [{ silences: [{ from: "0", until: "5m", server: "web" }] }, "silences.0.server"],
  [{ expect: { notices: [5] } }, "expect.notices.0"],
  [{ expect: { notes: [] } }, "expect.notes"],
])("what is wrong in %j is said at its place", (tree, place) => expect(Object.keys(problems(tree))).toEqual([place]));

test("a rule is told when it should be, and a difference is said line by line", () => {
  const script = {
    rules: ["cpu"],
    series: { "cpu_busy_ratio@web": "0.2 x10, 0.97 x30, 0.2 x10" },
    expect: { notices: ["25m all opened warning CPU is busy", "2h  all resolved warning CPU is busy"], incidents: [] },
  };
  expect(told(script)).toMatchObject({
    outcome: "failed",
    notices: ["25m all opened warning CPU is busy", "45m all resolved warning CPU is busy"],
    incidents: ["25m to 45m warning CPU is busy"],
    differences: [
      { of: "notices", is: "missing", line: "2h all resolved warning CPU is busy" },
      { of: "notices", is: "surplus", line: "45m all resolved warning CPU is busy" },
      { of: "incidents", is: "surplus", line: "25m to 45m warning CPU is busy" },
    ],
  });
  const expected = { notices: ["1500s all opened warning CPU is busy", "45m all resolved warning CPU is busy"] };
  expect(told({ ...script, expect: expected }).outcome).toBe("ok");
  expect(told({ ...script, expect: {} }).outcome).toBe("shown");
});

describe("every kind of thing", () => {
  test.each<[string, object, readonly string[]]>([
    [
      "[AL34] behind a probe that is unhealthy, or any of several servers, nothing is missed, until two minutes after its return",
      {
        rules: ["offline", "probe"],
        step: "10s",
        behind: { db: ["gw", "probe link"], web: "probe link" },
        series: {
          "probe link": "healthy x1m, unhealthy x5m, healthy x10m",
          "server gw": "online x16m",
          "server db": "online x1m, offline x5m, online x10m",
          "server web": "online x1m, offline x10m, online x5m",
        },
      },
      [
        "1m all opened error Probe is not well",
        "7m50s all opened critical Server is offline",
        "8m all resolved error Probe is not well",
        "12m all resolved critical Server is offline",
      ],
    ],
    [
      "[AL35] while the hub's network is lost only that is told, and what does not come back after it is",
      {
        rules: ["hub", "offline"],
        step: "10s",
        series: {
          "hub network": "ok x1m, bad x5m, ok x10m",
          "server a": "online x1m, offline x5m, online x10m",
          "server b": "online x1m, offline x10m, online x5m",
        },
      },
      [
        "1m30s all opened critical Muster itself is in trouble",
        "7m50s all opened critical Server is offline",
        "8m all resolved critical Muster itself is in trouble",
        "12m all resolved critical Server is offline",
      ],
    ],
    [
      "[AL13] behind a server that is not there nothing is judged, and what is reached by way of it is not missed",
      {
        rules: ["offline", "service"],
        step: "10s",
        behind: { db: "gw" },
        series: {
          "server gw": "online x1m, offline x5m, online x5m",
          "server db": "online x1m, offline x5m, online x5m",
          "service nginx@gw": "running x1m, failed x5m, running x5m",
        },
      },
      ["1m all opened critical Server is offline", "7m all resolved critical Server is offline"],
    ],
    [
      "[AL9] what fails at once is one incident",
      {
        rules: ["service"],
        series: { "service container:a@x": "running, failed x3", "service b@x": "running, failed x3" },
      },
      ["2m all opened error Service has failed (2)"],
    ],
    [
      "[AL9] [AL19] what fails within a minute joins it, and is told once that is over",
      {
        rules: ["service"],
        step: "30s",
        series: { "service a@x": "running, failed x9", "service b@x": "running x3, failed x7" },
      },
      ["1m all opened error Service has failed", "2m30s all grown error Service has failed (2)"],
    ],
    [
      "a probe, and its certificate",
      {
        rules: ["probe", "certificate"],
        series: { "probe redis:cache": "healthy, unhealthy x5", "certificate shop": "20..2 x10" },
      },
      [
        "1m all opened error Probe is not well",
        "4m all opened warning Certificate ends soon",
        "9m all escalated critical Certificate ends soon",
      ],
    ],
    [
      "a counter that grows, and one that began anew",
      { rules: ["out-of-memory"], series: { "memory_oom_kills_total@x": "5 x3, 6 x2, 0 x3, 1 x8" } },
      ["3m all opened warning Out of memory", "14m all resolved warning Out of memory"],
    ],
    [
      "[AL26] a forecast, once enough of the past is known",
      {
        rules: ["disk-forecast"],
        step: "10m",
        series: { "filesystem_used_ratio{mount=/}@x": "0.5 x6h, 0.5..0.8 x8h" },
      },
      ["9h10m all opened warning Disk will be full within a day"],
    ],
    [
      "trouble of Muster itself",
      { rules: ["hub"], series: { "hub storage": "ok, bad x3, ok x5" } },
      ["2m all opened critical Muster itself is in trouble", "6m all resolved critical Muster itself is in trouble"],
    ],
    [
      "[AL8] [AL25] what is not read stays as it is, what is gone has ended",
      { rules: ["inodes"], series: { "filesystem_inodes_used_ratio{mount=/}@x": "0.95 x6, _ x60, gone" } },
      ["5m all opened warning Inodes are nearly used up", "1h6m all resolved warning Inodes are nearly used up"],
    ],
  ])("%s", (_title, script, notices) => expect(told(script).notices).toEqual(notices));
});

describe("[AL38] logs", () => {
  const UPSTREAM = {
    name: "Upstream",
    isEnabled: true,
    condition: {
      ...{ is: "log", drivers: [], names: ["nginx.service"], files: ["/var/log/app.log"], pattern: "timed? out" },
      ...{ isExpression: true, windowMs: 300_000 },
      levels: [
        { severity: "warning", threshold: 3 },
        { severity: "critical", threshold: 10 },
      ],
    },
    ...{ scope: { is: "all" }, overrides: [], forMs: 0, clearForMs: 120_000, noData: "keep", notifierIds: null },
  };

  test("lines on the clock of the script open an incident, make it worse, and it ends when they are rare again", () => {
    const { notices, incidents } = told({
      rules: [UPSTREAM],
      step: "30s",
      length: "30m",
      logs: {
        "nginx.service@web-1": [
          { at: "1m", text: "all is well", times: 50 },
          { at: "5m", text: "upstream timed out", times: 3, every: "10s" },
          { at: "7m", text: "upstream time out", times: 7, every: "1s" },
        ],
        "other.service@web-1": [{ at: "5m", text: "timed out", times: 99 }],
        "/var/log/app.log@web-2": [{ at: "10m", text: "timed out", times: 2 }],
      },
    });
    expect(notices).toEqual([
      "5m30s all opened warning Upstream",
      "7m30s all escalated critical Upstream",
      "14m30s all resolved critical Upstream",
    ]);
    expect(incidents).toEqual(["5m30s to 14m30s critical Upstream"]);
  });

  test("a log that cannot be read is what the rule wants it to be, and its lines count when it can", () => {
    const logs = {
      "nginx.service@web-1": [
        { at: "5m", unreadable: "10m" },
        { at: "12m", text: "timed out", times: 5 },
      ],
    };
    const run = (noData: string) => told({ rules: [{ ...UPSTREAM, noData }], length: "20m", logs }).notices;
    expect(run("keep")).toEqual(["15m all opened warning Upstream", "19m all resolved warning Upstream"]);
    expect(run("alert")[0]).toBe("5m all opened warning Upstream");
  });

  test.each([
    [{ "nginx.service": [] }, "logs.nginx.service", "NAME@SERVER"],
    [{ "a@b": [{ text: "x" }] }, "logs.a@b.0.at", "is needed"],
    [{ "a@b": [{ at: "1m" }] }, "logs.a@b.0.text", "must be what a line says"],
    [{ "a@b": [{ at: "1m", text: "x", times: -1 }] }, "logs.a@b.0.times", "whole number"],
    [
      {
        "a@b": [
          { at: "1m", text: "x", times: 99_000 },
          { at: "1m", text: "x", times: 99_000 },
        ],
      },
      "logs.a@b",
      "more than",
    ],
    [{ "a@b": [{ at: "1m", line: "x", text: "y" }] }, "logs.a@b.0.line", "is unknown"],
  ])("%j is refused", (logs, place, why) => {
    expect(problems({ logs })[place]).toContain(why);
  });
});

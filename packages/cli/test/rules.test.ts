import { writeFileSync } from "node:fs";
import { DEFAULT_RULES } from "@muster/core";
import type { RuleView } from "@muster/protocol";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { idOf, serverOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const ruleOf = (number: number, origin: string, more: Partial<RuleView> = {}): RuleView => ({
  ...(DEFAULT_RULES[origin] as unknown as RuleView),
  ...{ id: idOf("batch", number), origin, createdAt: 1, openCount: 0, logTroubles: [] },
  ...more,
});
const CPU = ruleOf(1, "cpu");
const SERVICE = ruleOf(2, "service", { isEnabled: false, openCount: 2, name: "Service has failed" });
const BASE: Handlers = {
  "GET /api/v1/rules": () => ({ items: [CPU, SERVICE] }),
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
  "GET /api/v1/notifiers": () => ({ refuse: "FORBIDDEN" }),
};

const muster = musterAt(BASE);

/** Answers as the hub does, and keeps what was asked. */
function keeper() {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    "POST /api/v1/rules": ({ body }) => {
      bodies.push(body);
      return { ...CPU, ...body };
    },
    "PUT /api/v1/rules/{id}": ({ params, body }) => {
      bodies.push({ id: params.id, ...body });
      return { ...CPU, ...body };
    },
  };
  return { bodies, handlers };
}

describe("rules", () => {
  test("are a table that says when each holds", async () => {
    const { output } = await muster(["rules"]);
    expect(output).toMatch(
      /CPU is busy .* on +0 +15m, over after 5m +cpu_busy_ratio above 95 % \(warning\); well again at 85 %/,
    );
    expect(output).toMatch(/ off +2 +30s, over after 2m +service is degraded \(warning\), failed \(error\)/);
    const labels = { mount: "/\u001b[2J" };
    const foreign = { ...CPU, condition: { ...CPU.condition, labels } } as RuleView;
    const shown = await muster(["rules"], { "GET /api/v1/rules": () => ({ items: [foreign] }) });
    expect(shown.output).toContain("\\u001b[2J");
    expect(shown.output).not.toContain("\u001b");
  });

  test("one is meant by its name, its id, or the short name that it came with", async () => {
    for (const name of ["cpu", "CPU is busy", CPU.id])
      expect(JSON.parse((await muster(["rules", "show", name, "--json"])).output)).toEqual(CPU);
    const { output } = await muster(["rules", "show", "cpu"]);
    expect(output).toMatch(/^whom: +all servers$/m);
    expect((await muster(["rules", "show", "CPU"])).errors).toContain("Did you mean CPU is busy?");
    expect((await muster(["names", "rules"])).output).toBe("cpu\nservice\n");
    const inFile = { ...CPU, origin: "file:rules.yaml" };
    const handlers: Handlers = { "GET /api/v1/rules": () => ({ items: [inFile, SERVICE] }) };
    expect((await muster(["rules", "show", "file:rules.yaml"], handlers)).code).toBe(66);
    expect((await muster(["rules", "show", "CPU is busy"], handlers)).output).toMatch(/^from: +rules\.yaml$/m);
    expect((await muster(["names", "rules"], handlers)).output).toBe("service\n");
  });

  test("one of a metric is added by options", async () => {
    const { bodies, handlers } = keeper();
    const argv = ["rules", "add", "--name", "Full", "--metric", "filesystem_used_ratio", "--label", "mount=/data*"];
    const more = [
      "--above",
      "0.8",
      "--above",
      "critical=0.9",
      "--clear-at",
      "0.7",
      "--for",
      "10m",
      "--server",
      "web-1",
    ];
    expect((await muster([...argv, ...more], handlers)).code).toBe(0);
    expect(bodies).toMatchObject([
      {
        ...{ name: "Full", forMs: 600_000, scope: { is: "some", serverIds: [idOf("server", 1)], tags: [] } },
        condition: {
          ...{ is: "metric", labels: { mount: "/data*" }, comparison: "above", clearAt: 0.7, measure: "value" },
          levels: [
            { severity: "warning", threshold: 0.8 },
            { severity: "critical", threshold: 0.9 },
          ],
        },
      },
    ]);
  });

  test("[AL38] one of logs is added by options, and changed by them", async () => {
    const { bodies, handlers } = keeper();
    const argv = [
      "rules",
      "add",
      "--name",
      "Upstream",
      "--log",
      "nginx*",
      "--log",
      "/var/log/a.log",
      "--says",
      "timed out",
    ];
    expect((await muster([...argv, "--times", "5", "--times", "critical=50", "--within", "10m"], handlers)).code).toBe(
      0,
    );
    expect(bodies).toMatchObject([
      {
        condition: {
          ...{ is: "log", names: ["nginx*"], files: ["/var/log/a.log"], pattern: "timed out", isExpression: false },
          ...{ windowMs: 600_000 },
          levels: [
            { severity: "warning", threshold: 5 },
            { severity: "critical", threshold: 50 },
          ],
        },
      },
    ]);
    const condition = {
      ...{ is: "log", drivers: [], names: ["nginx*"], files: [], pattern: "timed out", isExpression: false },
      ...{ windowMs: 60_000, levels: [{ severity: "error", threshold: 2 }] },
    } as const;
    const logs = { ...CPU, name: "Upstream", origin: null, condition, logTroubles: ["web-1/nginx.service: no entry"] };
    const kept: Handlers = { ...handlers, "GET /api/v1/rules": () => ({ items: [logs as unknown as RuleView] }) };
    await muster(["rules", "set", "Upstream", "--expression", "timed? out"], kept);
    expect(bodies.at(-1)).toMatchObject({
      condition: { ...condition, pattern: "timed? out", isExpression: true },
    });
    const { output } = await muster(["rules", "show", "Upstream"], kept);
    expect(output).toContain('log (nginx*) says "timed out" at least 2 times (error) within 1m');
    expect(output).toMatch(/^not read: +web-1\/nginx.service: no entry$/m);
    for (const [more, why] of [
      [["--says", "x", "--times", "1"], "--log"],
      [["--log", "a", "--times", "1"], "--says"],
      [["--log", "a", "--says", "x"], "--times"],
      [["--log", "a", "--says", "x", "--expression", "y", "--times", "1"], "--expression"],
      [["--log", "a", "--says", "x", "--times", "1", "--metric", "load1"], "--metric"],
    ] as const)
      expect((await muster(["rules", "add", "--name", "x", ...more], handlers)).errors).toContain(why);
  });

  test("one that looks ahead, and one below a bound", async () => {
    const { bodies, handlers } = keeper();
    const metric = ["rules", "add", "--name", "x", "--metric", "load1"];
    await muster([...metric, "--below", "-1", "--severity", "error", "--horizon", "1d"], handlers);
    expect(bodies).toMatchObject([
      {
        condition: {
          ...{ measure: "forecast", horizonMs: 86_400_000, windowMs: 21_600_000, comparison: "below" },
          levels: [{ severity: "error", threshold: -1 }],
        },
      },
    ]);
  });

  test.each([
    [["--name", "x"], "Say what the rule is"],
    [["--metric", "load1", "--above", "1"], "--name"],
    [["--name", "x", "--metric", "load1"], "--above"],
    [["--name", "x", "--metric", "load1", "--above", "much"], "must be a number"],
    [["--name", "x", "--metric", "load1", "--above", "bad=1"], "bad is no severity"],
    [["--name", "x", "--metric", "load1", "--above", "1", "--below", "0"], "goes without --below"],
    [["--name", "x", "--metric", "load1", "--above", "1", "--for", "soon"], "--for"],
  ])("%j is told before the hub is asked", async (argv, words) => {
    const { code, errors } = await muster(["rules", "add", ...argv]);
    expect([code, errors.includes(words)]).toEqual([64, true]);
  });

  test("files and standard input are read, with spans and names, and what is wrong in them is said at its place", async () => {
    await using directory = await temporaryDirectory("rules");
    const { bodies, handlers } = keeper();
    writeFileSync(directory.file("rule.yaml"), "default: cpu\nname: Batch\nfor: 1h\nservers: [web-1]\n");
    await muster(["rules", "add", directory.file("rule.yaml")], handlers);
    const lines = ["{", '"name": "Offline", "condition": {"is": "offline", "severity": "error"}', "}"];
    await muster(["rules", "add", "-"], handlers, { answers: lines });
    expect(bodies).toMatchObject([
      { name: "Batch", forMs: 3_600_000, scope: { serverIds: [idOf("server", 1)] } },
      { name: "Offline", condition: { is: "offline" } },
    ]);
    writeFileSync(directory.file("bad.yaml"), "- default: cpu\n- default: cpu\n  servers: [web-9]\n");
    const bad = await muster(["rules", "import", directory.file("bad.yaml"), "--yes"], handlers);
    expect([bad.code, bad.errors.includes("rules.1.servers.0: there is none called web-9")]).toEqual([64, true]);
    writeFileSync(
      directory.file("bad.yaml"),
      "- {default: cpu}\n- {default: cpu}\n- {default: cpu, name: A, forr: 1m}\n",
    );
    const worse = await muster(["rules", "import", directory.file("bad.yaml"), "--yes"], handlers);
    expect(worse.errors).toMatch(/rules\.1\.name: stands there before\n +rules\.2\.forr: is no field of a rule/);
    expect(bodies).toHaveLength(2);
    writeFileSync(directory.file("broken.yaml"), "a: [\n");
    expect((await muster(["rules", "add", directory.file("broken.yaml")])).errors).toMatch(/line \d/);
    expect((await muster(["rules", "add", directory.file("none.yaml")])).errors).toContain("there is no such file");
  });

  test("a change keeps what is not told", async () => {
    const { bodies, handlers } = keeper();
    await muster(["rules", "set", "cpu", "--above", "0.5", "--clear-at", "none"], handlers);
    await muster(["rules", "disable", "cpu"], handlers);
    await muster(["rules", "enable", "service"], handlers);
    const ahead = ruleOf(3, "disk-forecast");
    const forecast: Handlers = { ...handlers, "GET /api/v1/rules": () => ({ items: [ahead] }) };
    await muster(["rules", "set", "disk-forecast", "--window", "1d12h"], forecast);
    await muster(["rules", "set", "disk-forecast", "--horizon", "2d"], {
      ...forecast,
      "GET /api/v1/rules": () => ({
        items: [{ ...ahead, condition: { ...ahead.condition, windowMs: 7_200_000 } } as RuleView],
      }),
    });
    expect(bodies.splice(3)).toMatchObject([
      { condition: { measure: "forecast", windowMs: 129_600_000, horizonMs: 86_400_000 } },
      { condition: { measure: "forecast", windowMs: 7_200_000, horizonMs: 172_800_000 } },
    ]);
    expect(bodies).toMatchObject([
      {
        ...{ id: CPU.id, name: CPU.name, forMs: CPU.forMs },
        condition: { metric: "cpu_busy_ratio", clearAt: null, levels: [{ severity: "warning", threshold: 0.5 }] },
      },
      { id: CPU.id, isEnabled: false, condition: CPU.condition },
      { id: SERVICE.id, isEnabled: true },
    ]);
    const other = await muster(["rules", "set", "service", "--above", "1"], handlers);
    expect([other.code, other.errors.includes("this is no rule of a metric")]).toEqual([64, true]);
  });

  test("what is exported is taken in again as it was", async () => {
    await using directory = await temporaryDirectory("rules");
    const { output } = await muster(["rules", "export"]);
    expect(parse(output).rules[0]).toMatchObject({ name: "CPU is busy", for: "15m", clearFor: "5m" });
    writeFileSync(directory.file("rules.yaml"), output);
    const { bodies, handlers } = keeper();
    const asked = await muster(["rules", "import", directory.file("rules.yaml")], handlers);
    expect([asked.code, asked.errors.includes("--yes")]).toEqual([64, true]);
    const done = await muster(["rules", "import", directory.file("rules.yaml"), "--yes", "--json"], handlers);
    expect(JSON.parse(done.output).items).toMatchObject([{ outcome: "set" }, { outcome: "set" }]);
    const { origin: _origin, createdAt: _createdAt, openCount: _openCount, logTroubles: _troubles, ...body } = CPU;
    expect(bodies[0]).toEqual(body);
  });

  test("a preview tells what would have been, of a rule that is there, of a file and of options", async () => {
    const spans: number[] = [];
    const rules: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/rule-previews": ({ body }) => {
        spans.push(body.to - body.from);
        rules.push(body.rule.name);
        return {
          ...{ count: 600, stepMs: 10_000, seriesCount: 3 },
          incidents: [{ title: "web-1: CPU\u001b[2J", severity: "warning", openedAt: 1, resolvedAt: null }],
        };
      },
    };
    const { output } = await muster(["rules", "preview", "cpu", "--last", "7d"], handlers);
    expect(output).toMatch(/^In the last 7 d: 600 incidents of one series each \(3 series, a look every 10 s\)\.\n/);
    expect(output).toContain("and 599 more");
    expect(output).not.toContain("\u001b");
    await muster(["rules", "preview", "--metric", "load1", "--above", "8"], handlers);
    expect(spans).toEqual([7 * 86_400_000, 86_400_000]);
    expect(rules).toEqual(["CPU is busy", "preview"]);
  });

  test("removing asks first", async () => {
    const asked = await muster(["rules", "delete", "cpu"], {});
    expect([asked.code, asked.errors.includes("--yes")]).toEqual([64, true]);
    const done = await muster(["rules", "delete", "cpu", "--yes", "--json"], {
      "DELETE /api/v1/rules/{id}": () => null,
    });
    expect(JSON.parse(done.output)).toEqual({ id: CPU.id, name: CPU.name, deleted: true });
  });
});

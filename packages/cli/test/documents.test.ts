import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiRule, decide, DEFAULT_RULES, ERRORS, parsePolicy, parseRuleScript, runRuleScript } from "@muster/core";
import type { Tree } from "@muster/core";
import { checkRule } from "@muster/protocol";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { conditionText, timingText } from "../src/alerts/rule-text.ts";
import { completionTree } from "../src/completion/completion.ts";
import { createProgram } from "../src/program.ts";
import { readDefinitions } from "../src/services/definition-file.ts";
import { apiTask } from "../src/tasks/api-task.ts";
import { VERSION } from "../src/version.ts";
import { commandLine } from "./command-line.ts";
import { idOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
const page = read("../../../docs/cli.md");

test("docs/cli.md lists exactly the catalogue's errors, each with its exit code and sentence", () => {
  const documented = [...page.matchAll(/^\| (\d+) +\| `([A-Z_]+)` +\| (.*?) +\|$/gm)].map(([, exit, code, text]) => [
    code,
    Number(exit),
    text,
  ]);
  const catalogue = Object.entries(ERRORS).map(([code, { exit, text }]) => [code, exit, text]);
  const byCode = (one: unknown[], other: unknown[]): number => String(one[0]).localeCompare(String(other[0]));
  expect(documented.toSorted(byCode)).toEqual(catalogue.toSorted(byCode));
});

test("docs/cli.md names every command", () => {
  const shell = {} as Parameters<typeof createProgram>[0];
  const nodes = completionTree(
    createProgram({ ...shell, terminal: memoryTerminal() }, {} as Parameters<typeof createProgram>[1], () => {}),
  );
  expect(nodes.length).toBeGreaterThan(30);
  for (const { path } of nodes) for (const word of path) expect(page, path.join(" ")).toContain(`${word}`);
});

test("the check of the Node version uses the catalogue's exit code and comes before any import", () => {
  const main = read("../src/main.ts");
  expect(main).toContain(`NODE_TOO_OLD_EXIT = ${ERRORS.NODE_TOO_OLD.exit};`);
  expect(main).not.toMatch(/^import /m);
});

test("the version is the package's", async () => {
  expect(VERSION).toBe((JSON.parse(read("../package.json")) as { version: string }).version);
  expect((await commandLine(["version"])).output).toBe(`muster ${VERSION}\n`);
});

test("docs/alerts.md has exactly the rules that come with Muster, and examples that can be used", async () => {
  const guide = read("../../../docs/alerts.md");
  const rows = [...guide.matchAll(/^\| (.+?) +\| `([a-z-]+)` +\| (.+?) +\| (\S+(?: once)?, over after \S+) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    Object.entries(DEFAULT_RULES).map(([origin, rule]) => [
      ...[rule.name, origin, conditionText(rule.condition), timingText(rule)],
    ]),
  );
  const [rules, overrides, script] = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  const names = { serverId: () => idOf("server", 1), notifierId: () => undefined };
  const written = [...(parse(rules!) as { rules: unknown[] }).rules, ...(parse(overrides!) as unknown[])];
  for (const one of written) {
    const parsed = apiRule(one, names);
    expect(parsed.ok ? checkRule(parsed.rule) : parsed).toMatchObject({ ok: true });
  }
  const parsed = parseRuleScript(parse(script!), checkRule);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(runRuleScript(parsed.script)).toMatchObject({ outcome: "ok", differences: [] });
});

test("the examples of docs/tasks.md can be used, those for the command line too", async () => {
  const guide = read("../../../docs/tasks.md");
  const [yaml = ""] = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
  const { tasks } = parse(yaml) as { tasks: unknown[] };
  const found = () => ({ id: idOf("server", 1) });
  const names = { server: found, service: found, probe: found, notifier: found, nameOf: (id: string) => id };
  for (const task of tasks) expect(await apiTask(task, names)).toMatchObject({ ok: true });
  const [shell = ""] = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text);
  const lines = shell.replaceAll("\\\n", " ").trim().split("\n");
  await using hub = await scriptedHub({});
  for (const line of lines) {
    const argv = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(1);
    const { errors } = await commandLine(argv, { env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url } });
    // The hub has nothing of it: what the line says is understood.
    expect(errors, line).toContain("NOT_FOUND");
  }
});

test("the examples of docs/services.md are a policy and a definition that it grants", async () => {
  const guide = read("../../../docs/services.md");
  const [policyText = "", definitionText = ""] = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
  const parsed = parsePolicy(parse(policyText, { schema: "failsafe" }) as Tree);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  await using directory = await temporaryDirectory("documents");
  writeFileSync(directory.file("worker.yaml"), definitionText);
  const [written] = await readDefinitions(directory.file("worker.yaml"));
  const { definition, fields } = written!;
  const { driver, name } = definition;
  const decision = decide(
    { source: "file", policy: parsed.policy, sha256: "" },
    { name: "service.define", args: { driver, name, definition: JSON.stringify(fields) } },
    () => [],
    0,
  );
  expect(decision).toMatchObject({ allow: true });
});

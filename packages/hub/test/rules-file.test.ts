import { rmSync, writeFileSync } from "node:fs";
import { DEFAULT_RULES } from "@muster/core";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { alertWorld, worldOf } from "./alert-world.ts";
import type { AlertWorld } from "./alert-world.ts";
import { startTestHub } from "./harness.ts";

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly origin: string | null;
  readonly [field: string]: unknown;
}

const rules = async ({ admin }: AlertWorld): Promise<readonly Shown[]> => (await admin.get("/api/v1/rules")).json.items;
const ofFile = async (world: AlertWorld): Promise<readonly Shown[]> =>
  (await rules(world))
    .filter(({ origin }) => origin?.startsWith("file:"))
    .toSorted((one, other) => one.name.localeCompare(other.name));
const namesOf = (shown: readonly Shown[]): readonly string[] => shown.map(({ name }) => name).toSorted();
const warnings = async ({ admin }: AlertWorld): Promise<readonly string[]> =>
  (await admin.get("/api/v1/status")).json.warnings;

const LOAD = `
rules:
  - name: Load
    condition: { is: metric, metric: load1, levels: [{ severity: warning, threshold: 8 }] }
    for: 5m
`;

describe("a rules file", () => {
  test("[AL30] is taken at the start and when it changes; what leaves it goes, and its incidents end", async () => {
    await using directory = await temporaryDirectory("rules-file");
    const path = directory.file("rules.yaml");
    writeFileSync(path, `${LOAD}  - { default: cpu, for: 0 }\n`);
    await using world = await alertWorld({ settings: { rulesFile: path } });
    expect(await ofFile(world)).toMatchObject([
      // The program's rule of that name became the file's.
      { name: "CPU is busy", origin: "file:rules.yaml", forMs: 0 },
      { name: "Load", origin: "file:rules.yaml", forMs: 300_000, clearForMs: 300_000 },
    ]);
    expect(await rules(world)).toHaveLength(Object.keys(DEFAULT_RULES).length + 1);
    await world.server("web");
    world.says("web", { cpu_percent: 99 });
    await world.until(async () => (await world.incidents("?state=open")).length === 1, "it is open");
    writeFileSync(path, LOAD.replace("8 }", "16 }").replace("for: 5m", "for: 10m"));
    await world.until(async () => (await ofFile(world)).length === 1, "the file is taken again");
    expect(await ofFile(world)).toMatchObject([{ name: "Load", forMs: 600_000 }]);
    await world.until(
      async () => (await world.incidents("?state=open")).length === 0,
      "what was wrong by it has ended",
    );
    expect(await warnings(world)).toEqual([]);
  });

  test("[AL30] its rules are changed only there: the API refuses with the file's name", async () => {
    await using directory = await temporaryDirectory("rules-file");
    writeFileSync(directory.file("rules.yaml"), LOAD);
    await using world = await alertWorld({ settings: { rulesFile: directory.file("rules.yaml") } });
    const [rule] = await ofFile(world);
    const body = { name: "Load", condition: rule!["condition"], isEnabled: false };
    for (const [method, ask] of [
      ["PUT", { body }],
      ["DELETE", {}],
    ] as const) {
      const refused = await world.admin.ask(method, `/api/v1/rules/${rule!.id}`, ask);
      expect([refused.status, refused.code]).toEqual([409, "CONFLICT"]);
      expect(refused.json.error.message).toBe("This rule stands in the file rules.yaml, and is changed only there.");
    }
    expect((await world.admin.post("/api/v1/rules", body)).code).toBe("CONFLICT");
    expect(await ofFile(world)).toEqual([rule]);
  });

  test.each<[string, string, string]>([
    ["what is no YAML", "rules: [\n  {\n", "line 3: it is not YAML"],
    ["what is cut", "", "it must hold a list under `rules`"],
    ["aliases", "rules: &a [*a]\n", "aliases"],
    ["a field that is unknown", `${LOAD}    colour: red\n`, "line 6 (rules.0.colour): is no field of a rule"],
    ["a span that is none", LOAD.replace("5m", "soon"), "line 5 (rules.0.for): must be a span"],
    ["a threshold that is none", LOAD.replace("8 }", "high }"), "line 4 (rules.0.condition.levels.0.threshold): "],
    [
      "levels in no order",
      LOAD.replace("8 }", "8 }, { severity: info, threshold: 9 }"),
      "line 4 (rules.0.condition.levels): must go from",
    ],
    ["a name twice", `${LOAD}  - { default: cpu, name: Load }\n`, "line 6 (rules.1.name): stands there before"],
    [
      "a server that is not there",
      `${LOAD}    servers: [mail]\n`,
      "line 6 (rules.0.servers.0): there is none called mail",
    ],
  ])("[AL30] with %s stops nothing: what it said before holds, and the place is told", async (_what, text, words) => {
    await using directory = await temporaryDirectory("rules-file");
    const path = directory.file("rules.yaml");
    writeFileSync(path, LOAD);
    await using world = await alertWorld({ settings: { rulesFile: path } });
    writeFileSync(path, text);
    await world.until(async () => (await warnings(world)).length === 1, "it is told");
    expect((await warnings(world))[0]).toContain(words);
    expect(world.hub.logs.filter((line) => line.includes("the rules file cannot be used"))).toHaveLength(1);
    expect(await ofFile(world)).toMatchObject([{ name: "Load", forMs: 300_000 }]);
    // Told once, however often it is tried.
    await world.pass(30);
    expect(world.hub.logs.filter((line) => line.includes("the rules file cannot be used"))).toHaveLength(1);
    writeFileSync(path, `${LOAD}  - { default: disk, name: Other }\n`);
    await world.until(async () => (await warnings(world)).length === 0, "it is taken again");
    expect(namesOf(await ofFile(world))).toEqual(["Load", "Other"]);
  });

  test("[AL30] that is not there at the start stops no hub, and is taken once it and the server that it names are there", async () => {
    await using directory = await temporaryDirectory("rules-file");
    const path = directory.file("rules.yaml");
    await using world = await alertWorld({ settings: { rulesFile: path } });
    expect((await warnings(world))[0]).toContain("ENOENT");
    writeFileSync(path, `${LOAD}    servers: [web]\n    notifiers: [ops]\n`);
    await world.until(async () => ((await warnings(world))[0] ?? "").includes("none called web"), "it names a server");
    const web = await world.server("web");
    const notifier = await world.admin.post("/api/v1/notifiers", { kind: "log", name: "ops", settings: {} });
    expect(notifier.status).toBe(201);
    await world.until(async () => (await warnings(world)).length === 0, "it is taken");
    expect(await ofFile(world)).toMatchObject([
      { scope: { is: "some", serverIds: [web], tags: [] }, notifierIds: [notifier.json.id] },
    ]);
  });

  test("[AL30] that vanishes, or whose setting does, leaves its rules, and without the setting they are anybody's to change", async () => {
    await using directory = await temporaryDirectory("rules-file");
    const path = directory.file("rules.yaml");
    writeFileSync(path, LOAD);
    const first = await alertWorld({ settings: { rulesFile: path } });
    const [rule] = await ofFile(first);
    await first.hub.stop();
    rmSync(path);
    const second = worldOf(
      await startTestHub({ directory: first.hub.directory, clock: first.hub.clock, settings: { rulesFile: path } }),
    );
    expect(await ofFile(second)).toEqual([rule]);
    expect((await warnings(second))[0]).toContain("ENOENT");
    await second.hub.stop();
    await using third = worldOf(await startTestHub({ directory: first.hub.directory, clock: first.hub.clock }));
    expect(await ofFile(third)).toEqual([]);
    expect(namesOf(await rules(third))).toContain("Load");
    expect((await third.admin.ask("DELETE", `/api/v1/rules/${rule!.id}`)).status).toBe(204);
  });
});

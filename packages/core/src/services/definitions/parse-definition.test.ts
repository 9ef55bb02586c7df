import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definitionsProblems, startOrder } from "./definitions-problems.ts";
import { parseDefinition } from "./parse-definition.ts";
import type { DefinitionOrigin } from "./parse-definition.ts";
import { parseDefinitionsFile } from "./parse-definitions-file.ts";

const API = { name: "api", command: ["/usr/bin/node", "server.js"] };
const problemsOf = (tree: unknown, from: DefinitionOrigin = "file"): readonly string[] => {
  const parsed = parseDefinition(tree, from);
  return parsed.ok ? [] : parsed.problems;
};
const definitionOf = (tree: unknown) => {
  const parsed = parseDefinition(tree, "file");
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.definition;
};

describe("a definition", () => {
  test("[SV20] needs a name and a command; everything else has a default", () => {
    expect(definitionOf(API)).toMatchObject({ driver: "process", directory: "/", user: null, autostart: true });
    expect(problemsOf({})).toEqual([
      "name: is needed",
      "command: is needed: a program by its absolute path, and its arguments",
    ]);
  });

  test("[SV20] is the same from YAML's text as from JSON's types", () => {
    const text = {
      ...API,
      ports: ["8080"],
      autostart: "false",
      stop: { grace: "5s" },
      restart: { delay: "500ms", delayMax: "1m" },
    };
    const json = {
      ...API,
      ports: [8080],
      autostart: false,
      stop: { graceMs: 5_000 },
      restart: { delayMs: 500, delayMsMax: 60_000 },
    };
    expect(definitionOf(text)).toEqual(definitionOf(json));
  });

  test("[SV20] that was parsed parses again to the same", () => {
    const check = { name: "up", target: { by: "http", url: "http://127.0.0.1:8080/health" } };
    const once = definitionOf({
      ...API,
      checks: [check],
      ready: "checks",
      restart: "always",
      limits: { memoryBytesMax: "104857600" },
    });
    expect(definitionOf(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test.each([
    [{ ...API, name: "../etc" }, "name: must be"],
    [{ ...API, name: "a..b" }, "name: must be"],
    [{ ...API, driver: "tmux", name: "a.b" }, "name: must be"],
    [{ ...API, name: "-rf" }, "name: must be"],
    [{ ...API, command: ["node"] }, "command[0]: must be an absolute path"],
    [{ ...API, command: ["/usr/../bin/sh"] }, "command[0]: must be an absolute path"],
    [{ ...API, command: ["/bin/sh", "a\0b"] }, "command[1]: must be text without NUL"],
    [{ ...API, command: "/bin/sh -c x" }, "command: must be a list"],
    [{ ...API, directory: "var" }, "directory: must be"],
    [{ ...API, user: "root;id" }, "user: must be"],
    [{ ...API, environment: { "A-B": "x" } }, "environment.A-B: is not the name of a variable"],
    [{ ...API, environment: { MUSTER_RUN: "x" } }, "environment.MUSTER_RUN: belongs to Muster"],
    [{ ...API, environment: { A: "x" }, secrets: ["A"] }, "secrets.A: stands in environment too"],
    [{ ...API, ports: [0] }, "ports[0]: must be a whole number from 1 to 65535"],
    [{ ...API, ready: "checks" }, "ready: waits for checks, and there are none"],
    [{ ...API, dependsOn: ["api"] }, "dependsOn: must not name the service itself"],
    [{ ...API, stop: { keys: "C-c" } }, "stop.keys: only a tmux session"],
    [{ ...API, driver: "tmux", stop: { keys: "-t other" } }, "stop.keys: must be tmux keys"],
    [{ ...API, restart: { when: "sometimes" } }, "restart.when: must be one of"],
    [{ ...API, restart: { delay: "2m", delayMax: "1m" } }, "restart.delayMax: must not be shorter"],
    [{ ...API, restrat: "always" }, "restrat: is no field here"],
    [{ ...API, checks: [{ name: "x", target: { by: "tcp" } }] }, "checks[0].target.port: is needed"],
    [{ ...API, logs: { filesMax: 0 } }, "logs.filesMax: must be"],
    ["text", "definition: must be a map"],
  ])("[SV20] CM-01 %j is refused with its path", (tree, problem) => {
    expect(problemsOf(tree).some((each) => each.startsWith(problem))).toBe(true);
  });

  test.each([
    ...["LD_PRELOAD", "NODE_OPTIONS", "PATH", "BASH_ENV", "PYTHONPATH", "CORECLR_PROFILER_PATH", "COR_PROFILER"],
    ...["COMPlus_ReadyToRun", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "ERL_FLAGS", "ERL_AFLAGS"],
    ...["ERL_ZFLAGS", "ZDOTDIR", "BUN_OPTIONS"],
  ])("[SV21] CM-07 %s may be set by the server's own file and not by the hub", (name) => {
    expect(problemsOf({ ...API, environment: { [name]: "x" } })).toEqual([]);
    expect(problemsOf({ ...API, environment: { [name]: "x" } }, "hub")).toHaveLength(1);
    expect(problemsOf({ ...API, secrets: [name] }, "hub")).toHaveLength(1);
    expect(problemsOf({ ...API, secrets: { [name]: "x" } }, "hub")).toHaveLength(1);
  });

  test("[SV22] keeps the values of secrets apart", () => {
    const parsed = parseDefinition({ ...API, secrets: { TOKEN: "hush" } }, "hub");
    expect(parsed).toMatchObject({ ok: true, definition: { secrets: ["TOKEN"] }, secrets: { TOKEN: "hush" } });
    expect(JSON.stringify(parsed.ok && parsed.definition)).not.toContain("hush");
  });

  test("[SV20] CM-05 nothing at all makes it throw", () => {
    fc.assert(fc.property(fc.anything(), (tree) => void problemsOf(tree, "hub")));
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("name", "command", "restart", "checks", "stop"), fc.anything()),
        (tree) => void problemsOf(tree),
      ),
    );
  });
});

describe("the definitions of a server", () => {
  const named = (name: string, dependsOn: readonly string[] = []) => definitionOf({ ...API, name, dependsOn });

  test("[SV23] name every dependency, once, and not in a circle", () => {
    expect(definitionsProblems([named("a", ["b"]), named("b")])).toEqual([]);
    expect(definitionsProblems([named("a", ["x"])])).toEqual(["a: depends on x, which is not defined"]);
    expect(definitionsProblems([named("a"), named("a")])).toEqual(["a: is defined twice"]);
    expect(definitionsProblems([named("a", ["b"]), named("b", ["c"]), named("c", ["b"])])).toEqual([
      "b: depends on itself (b → c → b)",
    ]);
  });

  test("[SV23] start after what they depend on", () => {
    expect(startOrder([named("web", ["api"]), named("api", ["db"]), named("db")])).toEqual(["db", "api", "web"]);
  });

  test("[SV24] in a file stand with what is matched and checked; one problem refuses all", () => {
    const check = { name: "up", target: { by: "driver" } };
    const tree = {
      version: "1",
      services: [API],
      match: [{ name: "java", keywords: ["java", "-jar"] }],
      checks: [{ driver: "systemd", name: "nginx.service", checks: [check], restart: "on-unhealthy" }],
    };
    expect(parseDefinitionsFile(tree)).toMatchObject({
      ok: true,
      file: { checks: [{ restart: { when: "on-unhealthy" } }] },
    });
    const bad = {
      ...tree,
      match: [{ name: "all", keywords: [] }],
      checks: [{ driver: "process", name: "api", checks: [check] }],
    };
    expect(parseDefinitionsFile(bad)).toEqual({
      ok: false,
      problems: [
        "match[0].keywords: needs at least one, or every process would be it",
        "checks[0].driver: has its checks in its definition, under services",
      ],
    });
  });
});

import { ACTIONS, MONITOR_ONLY, REFUSAL_CHARACTERS_MAX, decide, parsePolicy } from "@muster/core";
import type { Action, ActionName, LoadedPolicy } from "@muster/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictYaml } from "./strict-yaml.ts";

/** Any UTF-16 unit, lone surrogates and controls among them. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

const missing: LoadedPolicy = { source: "missing", policy: MONITOR_ONLY };
const whyOf = (loaded: LoadedPolicy, action: Action): string => {
  const decision = decide(loaded, action, () => [], 0);
  return decision.allow ? "" : decision.why;
};
const lineOf = (why: string): string | undefined => why.split("; this line under allow would: ")[1];

/** What a server decides whose root has written exactly this line. */
async function withLine(line: string): Promise<LoadedPolicy> {
  const yaml = await parseStrictYaml(`version: 1\nallow:\n  ${line}\n`);
  if (!yaml.ok) throw new Error(yaml.problems.join("; "));
  const parsed = parsePolicy(yaml.tree);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return { source: "file", policy: parsed.policy, sha256: "" };
}

const definition = JSON.stringify({
  command: ["/usr/bin/node", "shop.js"],
  user: "shop",
  checks: [{ target: { by: "exec", command: ["/usr/bin/true"] } }],
});
const service = { driver: "systemd", name: "nginx.service" };
const ARGS: Record<ActionName, Action["args"]> = {
  "agent.ping": {},
  "service.start": service,
  "service.stop": service,
  "service.restart": { driver: "systemd", name: "app@1.service" },
  "service.reload": { driver: "systemd", name: "dev-disk-by\\x2duuid.mount" },
  "service.enable": { driver: "systemd-user", name: "anna:app.service" },
  "service.disable": service,
  "service.reset": { driver: "process", name: "shop" },
  "service.define": { driver: "process", name: "shop", definition },
  "service.undefine": { driver: "process", name: "shop" },
  "container.pause": { name: "web" },
  "container.unpause": { name: "web" },
  "container.kill": { name: "web", signal: "TERM" },
  "process.kill": { pid: 7, startTicks: 9, user: "app", signal: "KILL" },
  "exec.run": { command: "rotate", days: 7, kind: "app" },
  "logs.read": { driver: "file", name: "/var/log/app.log" },
  "server.reboot": {},
  shell: {},
};

describe("a refusal", () => {
  test("of a signal to the first process invites nobody to a line that would not help", () => {
    const args = { pid: 1, startTicks: 9, user: "root", signal: "TERM" };
    const why = whyOf({ source: "file", policy: MONITOR_ONLY, sha256: "" }, { name: "process.kill", args });
    expect(why).toContain("no entry allows process.kill");
    expect(lineOf(why)).toBeUndefined();
  });

  test.each((Object.keys(ACTIONS) as ActionName[]).filter((name) => ACTIONS[name].policy === "entry-needed"))(
    "[CM-08] of %s names the lack of an entry and the line that would allow exactly this, which it does",
    async (name) => {
      const action: Action = { name, args: ARGS[name] };
      const why = whyOf({ source: "file", policy: MONITOR_ONLY, sha256: "" }, action);
      expect(why).toContain(`no entry allows ${name}`);
      const line = lineOf(why);
      // No line gives a shell in this version.
      if (name === "shell") return expect(line).toBeUndefined();
      expect(lineOf(whyOf(missing, action))).toBe(line);
      const loaded = await withLine(line!);
      expect(decide(loaded, action, () => [], 0)).toEqual({ allow: true, entry: 0 });
      expect(loaded.policy.allow).toHaveLength(1);
      // And nothing beside it.
      for (const [other, args] of Object.entries(ARGS) as [ActionName, Action["args"]][])
        if (other !== name && other !== "agent.ping")
          expect({ other, why: whyOf(loaded, { name: other, args }) }).toMatchObject({
            why: expect.stringMatching(/./),
          });
    },
  );

  test("[CM-01] [CM-05] offers no line for what a policy does not take, and echoes none of it", () => {
    for (const name of ["a;id", "*", "-H", "a\nb", "$(id)", "a, names: [b", "x'", "[2Ja", "a".repeat(300), ""]) {
      for (const action of ["service.restart", "container.kill", "logs.read", "exec.run"] as const) {
        const args = { driver: "systemd", name, command: name, signal: "TERM" };
        expect(whyOf(missing, { name: action, args })).toBe("monitor-only: this server has no policy file");
      }
    }
    const more = { name: "service.restart", args: { ...service, host: "root@elsewhere" } } as const;
    expect(lineOf(whyOf(missing, more))).toBeUndefined();
    const pty = { name: "service.restart", args: { driver: "pty", name: "a.service" } } as const;
    expect(lineOf(whyOf(missing, pty))).toBeUndefined();
  });

  test("[CM-05] is bounded, and its line is one entry for one target, whatever is asked", async () => {
    const value = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 2_000 }),
      fc.stringMatching(/^[a-z@:.\\-]{1,40}$/),
      fc.integer(),
    );
    const names = fc.constantFrom(...(Object.keys(ACTIONS) as ActionName[]));
    const keys = fc.constantFrom("driver", "name", "signal", "user", "command", "definition", "days");
    await fc.assert(
      fc.asyncProperty(names, fc.dictionary(keys, value), async (name, args) => {
        const why = whyOf(missing, { name, args });
        expect(why.length).toBeLessThanOrEqual(REFUSAL_CHARACTERS_MAX);
        const line = lineOf(why);
        if (line === undefined) return;
        const loaded = await withLine(line);
        expect(decide(loaded, { name, args }, () => [], 0).allow).toBe(true);
        expect(loaded.policy.allow).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });

  test("of a definition says what in it is more than the entry, and the line with all it needs", async () => {
    const loaded = await withLine(
      "- {action: service.define, driver: process, names: [shop], programs: [/usr/bin/node]}",
    );
    const ask = (text: string) =>
      whyOf(loaded, { name: "service.define", args: { driver: "process", name: "shop", definition: text } });
    expect(ask(definition)).toMatch(
      /^allow\[0\] does not cover this: its user is none of users; this line under allow/,
    );
    expect(ask(definition)).toContain("programs: [/usr/bin/node, /usr/bin/true], users: [shop]");
    const preload = JSON.stringify({ command: ["/usr/bin/node"], environment: { LD_PRELOAD: "/tmp/x.so" } });
    // No line of any policy allows that.
    expect(ask(preload)).toBe(
      "allow[0] does not cover this: the variable LD_PRELOAD could make a permitted program another one",
    );
  });
});

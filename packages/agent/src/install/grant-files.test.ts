import { runInNewContext } from "node:vm";
import { MONITOR_ONLY, grantUnitName, isUnitName } from "@muster/core";
import type { LoadedPolicy, PolicyEntry } from "@muster/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DROP_IN_PATH, RULES_PATH, grantFiles } from "./grant-files.ts";
import { planOf } from "./grant.ts";
import { rightsOf } from "./rights.ts";
import type { Allowance } from "./rights.ts";

const policy = (...allow: readonly PolicyEntry[]): LoadedPolicy => ({
  source: "file",
  policy: { ...MONITOR_ONLY, allow },
  sha256: "ab",
});
const plan = (allow: readonly PolicyEntry[], allowed: readonly Allowance[] = []) =>
  planOf(policy(...allow), "muster-agent", rightsOf(policy(...allow).policy, allowed));
const textAt = (allow: readonly PolicyEntry[], path: string, allowed: readonly Allowance[] = []): string =>
  plan(allow, allowed).files.find((file) => file.path === path)?.text ?? "";
const restart = (...names: readonly string[]): PolicyEntry => ({ action: "service.restart", driver: "systemd", names });

/** What polkit would answer: the rules run as they are written, with polkit's own objects. */
function asked(rules: string, id: string, details: Readonly<Record<string, string>>, user = "muster-agent"): unknown {
  const rulesOf: ((action: unknown, subject: unknown) => unknown)[] = [];
  runInNewContext(rules, {
    polkit: { Result: { YES: "yes", NOT_HANDLED: undefined }, addRule: (rule: never) => rulesOf.push(rule) },
  });
  const action = { id, lookup: (name: string) => details[name] };
  return rulesOf.map((rule) => rule(action, { user })).find((answer) => answer !== undefined);
}
const UNITS = "org.freedesktop.systemd1.manage-units";

describe("rights made from a policy", () => {
  test("[CM-18] say yes to the pair of verb and unit that is granted, and to nothing beside it", () => {
    const rules = textAt([restart("nginx.service", "app@1.service")], RULES_PATH);
    const at = (verb: string, unit: string, user?: string) => asked(rules, UNITS, { verb, unit }, user);
    expect([at("restart", "nginx.service"), at("restart", "app@1.service")]).toEqual(["yes", "yes"]);
    for (const [verb, unit] of [
      ["stop", "nginx.service"],
      ["start", "nginx.service"],
      ["restart", "app@2.service"],
      ["restart", "nginx"],
      ["restart", "nginx.service "],
      ["restart nginx.service", ""],
      ["", "restart nginx.service"],
      ["__proto__", "constructor"],
    ] as const)
      expect({ verb, unit, answer: at(verb, unit) }).toEqual({ verb, unit, answer: undefined });
    expect(at("restart", "nginx.service", "root")).toBeUndefined();
    // A transient unit names none when it asks.
    expect(asked(rules, UNITS, {})).toBeUndefined();
    for (const id of ["manage-unit-files", "reload-daemon", "set-environment"])
      expect(
        asked(rules, `org.freedesktop.systemd1.${id}`, { verb: "restart", unit: "nginx.service" }),
      ).toBeUndefined();
    expect(asked(rules, "org.freedesktop.login1.reboot", {})).toBeUndefined();
  });

  test("[CM-18] verbs are the ones systemd asks by; a reboot is its own action and no power-off", () => {
    const actions = ["service.start", "service.stop", "service.reload", "service.reset"] as const;
    const rules = textAt(
      [...actions.map((action) => ({ action, driver: "systemd", names: ["a.timer"] })), { action: "server.reboot" }],
      RULES_PATH,
    );
    for (const verb of ["start", "stop", "reload", "reset-failed"])
      expect(asked(rules, UNITS, { verb, unit: "a.timer" })).toBe("yes");
    expect(asked(rules, "org.freedesktop.login1.reboot", {})).toBe("yes");
    for (const id of ["power-off", "reboot-ignore-inhibit", "halt"])
      expect(asked(rules, `org.freedesktop.login1.${id}`, {})).toBeUndefined();
  });

  test("enabling goes by a unit of root's own for exactly one unit, since polkit cannot limit it", () => {
    const { files } = plan([
      { action: "service.enable", driver: "systemd", names: ["app@1.service", "a\\x2db.mount"] },
    ]);
    const helper = files.find(({ path }) => path.includes("app"));
    expect(helper?.path).toBe("/etc/systemd/system/muster-enable-app\\x401.service.service");
    expect(helper?.text).toContain('ExecStart=/bin/systemctl enable -- "app@1.service"\n');
    expect(files.find(({ path }) => path.includes("mount"))?.text).toContain('-- "a\\\\x2db.mount"\n');
    const rules = files.find(({ path }) => path === RULES_PATH)!.text;
    expect(asked(rules, UNITS, { verb: "start", unit: grantUnitName("enable", "app@1.service")! })).toBe("yes");
    expect(asked(rules, UNITS, { verb: "start", unit: "app@1.service" })).toBeUndefined();
  });

  test("[PO21] what a ping needs of the unit comes with the hosts that may be pinged, and nothing else", () => {
    const { probe, ...others } = MONITOR_ONLY;
    const pinging: LoadedPolicy = {
      ...{ source: "file", sha256: "ab" },
      policy: { ...others, probe: { ...probe, icmp: ["db.internal"] } },
    };
    const { files, rights } = planOf(pinging, "muster-agent", rightsOf(pinging.policy, []));
    expect(files.map(({ path, text }) => [path, text.split("\n").slice(1)])).toEqual([
      [DROP_IN_PATH, ["[Service]", "SystemCallFilter=capset setuid", ""]],
    ]);
    expect(rights.notes.join()).toContain("net.ipv4.ping_group_range");
    expect(plan([]).files).toEqual([]);
  });

  test("[CM-01] [CM-05] a hostile name is never written, whatever let it come so far", () => {
    for (const unit of [
      'a".service',
      "a\n.service",
      "a*.service",
      "-H.service",
      "--root=/.service",
      "a%n.service",
      "a$x.service",
      "a b.service",
      "../a.service",
      "a/b.service",
      'x"]; polkit.addRule(function(){return "yes"}); //.service',
      "a\u2028.service",
    ]) {
      expect(plan([restart(unit)]).files).toEqual([]);
      const rights = { ...rightsOf(MONITOR_ONLY, []), units: [{ verb: "restart", unit }] };
      expect(() => grantFiles({ user: "muster-agent", rights, policySha256: "" })).toThrow("no name of a unit");
    }
    const rights = rightsOf(MONITOR_ONLY, []);
    for (const user of ["", "a b", 'x"', "Root", "a\n", "-x"])
      expect(() => grantFiles({ user, rights, policySha256: "" })).toThrow("no name of a user");
  });

  test("[CM-05] any text that passes for a unit is granted alone", () => {
    const character = fc.constantFrom(...Array.from("abz09:_.@\\-xn\"'\n*%$ /;"));
    fc.assert(
      fc.property(
        fc.string({ unit: character, maxLength: 12 }),
        fc.string({ unit: character, maxLength: 12 }),
        (a, b) => {
          const [granted, other] = [`${a}.service`, `${b}.service`];
          const rules = textAt([restart(granted)], RULES_PATH);
          const at = (unit: string) => (rules === "" ? undefined : asked(rules, UNITS, { verb: "restart", unit }));
          expect(at(granted)).toBe(isUnitName(granted) ? "yes" : undefined);
          if (other !== granted) expect(at(other)).toBeUndefined();
        },
      ),
    );
  });

  test("what reaches further than the policy is told, and Docker and signals have to be said", () => {
    const container: PolicyEntry = { action: "container.kill", names: ["web"], signals: ["TERM"] };
    const kill: PolicyEntry = { action: "process.kill", users: ["app"], signals: ["TERM"] };
    expect(plan([container, kill]).files).toEqual([]);
    expect(plan([container, kill]).rights.notes.join("\n")).toMatch(/--allow-docker[^]*--allow-kill/);
    const dropIn = textAt([container, kill], DROP_IN_PATH, ["docker", "kill"]);
    expect(dropIn).toContain("SupplementaryGroups=docker\n");
    expect(dropIn).toContain("AmbientCapabilities=CAP_KILL\n");
    // Allowed is not granted: without an entry there is nothing to allow.
    expect(plan([], ["docker", "kill"]).files).toEqual([]);
    const log: PolicyEntry = { action: "logs.read", driver: "systemd", names: ["a.service"] };
    expect(textAt([log], DROP_IN_PATH)).toContain("SupplementaryGroups=systemd-journal\n");
  });

  test("services that the agent starts itself outlive it; that needs its own unit changed", () => {
    const define: PolicyEntry = { action: "service.start", driver: "process", names: ["shop"] };
    expect(textAt([define], DROP_IN_PATH)).toContain("KillMode=process\n");
    expect(textAt([restart("a.service")], DROP_IN_PATH)).toBe("");
  });

  test("an entry that is refused anyway, a broken and a missing policy give no right", () => {
    expect(plan([{ ...restart("a.service"), require: "operator" }]).files).toEqual([]);
    const none = { files: [] };
    expect(
      planOf({ source: "missing", policy: MONITOR_ONLY }, "muster-agent", rightsOf(MONITOR_ONLY, ["docker"])),
    ).toMatchObject(none);
    const broken: LoadedPolicy = { source: "broken", policy: MONITOR_ONLY, why: "mode 666" };
    expect(planOf(broken, "muster-agent", rightsOf(broken.policy, ["docker"]))).toMatchObject(none);
  });
});

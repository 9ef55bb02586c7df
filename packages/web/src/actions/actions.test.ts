import { ACTIONS } from "@muster/core";
import { decide, parsePolicy } from "@muster/core";
import { describe, expect, test } from "vitest";
import { mergeActions, tookMs } from "./actions-view.ts";
import type { Action } from "./actions-view.ts";
import { lacksEntry, policyLine, splitRefusal, verbPolicyLine } from "./policy-line.ts";

const action = (id: string, parts: Partial<Action> = {}): Action => ({
  id,
  batchId: "batch",
  serverId: "server",
  server: "web-1",
  serviceId: null,
  action: "service.restart",
  args: {},
  actor: "olga",
  door: "web",
  reason: "",
  state: "asked",
  outcome: null,
  detail: "",
  exit: null,
  output: null,
  askedAt: 1_000,
  sentAt: null,
  endedAt: null,
  auditSeq: 1,
  ...parts,
});

test("[UI1] an answer that comes late never takes an action back to an earlier stage", () => {
  const ended = action("a", { state: "ended", outcome: "failed" });
  expect(mergeActions([ended], [action("a", { state: "sent" })])).toEqual([ended]);
  expect(mergeActions([action("a", { state: "sent" })], [ended])).toEqual([ended]);
});

test("the newest stands first, and a running one counts on", () => {
  const merged = mergeActions([action("a", { askedAt: 1_000 })], [action("b", { askedAt: 2_000 })]);
  expect(merged.map(({ id }) => id)).toEqual(["b", "a"]);
  expect(tookMs(action("a"), 5_000)).toBe(4_000);
  expect(tookMs(action("a", { endedAt: 1_500 }), 5_000)).toBe(500);
});

describe("[UI2] the line that is shown after a refusal", () => {
  /** As a YAML reader gives it: the flow mapping of such a line is JSON but for its bare words. */
  const entryOf = (line: string): Record<string, unknown> => {
    const json = line
      .slice(2)
      .replaceAll(/([{,] ?)([a-zA-Z]+):/g, '$1"$2":')
      .replaceAll(/: ?([a-z][\w.-]*|\d+m)(?=[,}])/g, ': "$1"');
    return JSON.parse(json) as Record<string, unknown>;
  };
  const allows = (line: string, name: Action["action"], args: Action["args"]): boolean => {
    const parsed = parsePolicy({ version: "1", allow: [entryOf(line)] } as never);
    if (!parsed.ok) throw new Error(parsed.problems.join("; "));
    return decide({ source: "file", policy: parsed.policy, sha256: "" }, { name, args }, () => [], 1).allow;
  };

  test.each([
    ["service.restart", { driver: "systemd", name: "nginx.service" }],
    ["service.stop", { driver: "process", name: "api" }],
    ["container.kill", { name: "shop-1", signal: "KILL" }],
    ["container.pause", { name: "shop-1" }],
    ["process.kill", { pid: 7, startTicks: 9, user: "app", signal: "TERM" }],
    ["server.reboot", {}],
    ["logs.read", { driver: "systemd", name: "nginx.service" }],
    ["logs.read", { driver: "file", name: "/var/log/syslog" }],
  ] as const)("lets %s %j through, and is a policy that parses", (name, args) => {
    const line = policyLine(name, args);
    expect(line).toBeDefined();
    expect(allows(line ?? "", name, args)).toBe(true);
    expect(allows(line ?? "", name, { ...args, more: "x" })).toBe(false);
  });

  test("holds names as data, whatever is in them", () => {
    const line = verbPolicyLine("restart", { driver: "container", name: 'a"], action: shell, x: ["b\n- c' });
    expect(line.split("\n")).toHaveLength(1);
    expect(line).toContain(JSON.stringify('a"], action: shell, x: ["b\n- c'));
  });

  test("is the server's own where it wrote one", () => {
    expect(splitRefusal("no entry allows service.stop; add: - {action: service.stop, driver: systemd}")).toEqual({
      sentence: "no entry allows service.stop; add",
      line: "- {action: service.stop, driver: systemd}",
    });
    expect(
      splitRefusal(
        "no entry of service.stop names this target; this line under allow would: - {action: service.stop, driver: systemd, names: [a]}",
      ),
    ).toEqual({
      sentence: "no entry of service.stop names this target",
      line: "- {action: service.stop, driver: systemd, names: [a]}",
    });
    expect(splitRefusal("allow[0] is used up")).toEqual({ sentence: "allow[0] is used up", line: undefined });
  });

  test("is not made where no line would help", () => {
    expect(lacksEntry("no entry allows service.stop")).toBe(true);
    expect(lacksEntry("monitor-only: this server has no policy file")).toBe(true);
    expect(lacksEntry("allow[0] is used up: 2 in 3600 s")).toBe(false);
    expect(lacksEntry("allow[0] requires an operator's signature, which this version cannot carry")).toBe(false);
  });

  test("is there for every action that one line can grant", () => {
    const without = (Object.keys(ACTIONS) as Action["action"][]).filter((name) => policyLine(name, {}) === undefined);
    expect(without.toSorted()).toEqual(["agent.ping", "exec.run", "service.define", "shell"]);
  });
});

import { describe, expect, test } from "vitest";
import { mergeActions, tookMs } from "./actions-view.ts";
import type { Action } from "./actions-view.ts";
import { lacksEntry, splitRefusal, verbPolicyLine } from "./policy-line.ts";

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
  test("is not made for a name that no policy can hold", () => {
    expect(verbPolicyLine("restart", { driver: "process", name: 'a"], action: shell, x: ["b\n- c' })).toBeUndefined();
  });

  test.each([
    ["restart", "systemd", "- {action: service.restart, driver: systemd, names: [shop]}"],
    ["restart", "container", "- {action: service.restart, driver: container, names: [shop]}"],
    ["pause", "container", "- {action: container.pause, names: [shop]}"],
    ["kill", "container", "- {action: container.kill, names: [shop], signals: [KILL]}"],
  ] as const)("grants %s of a %s with what that action takes", (verb, driver, line) => {
    expect(verbPolicyLine(verb, { driver, name: "shop" })).toBe(line);
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
});

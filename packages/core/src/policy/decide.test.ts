import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTIONS } from "../actions/catalog.ts";
import type { Action, ActionName } from "../actions/catalog.ts";
import { decide } from "./decide.ts";
import { MONITOR_ONLY } from "./policy.ts";
import type { LoadedPolicy, PolicyEntry } from "./policy.ts";

/** Any UTF-16 unit, lone surrogates and controls among them. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

const NOW = 1_800_000_000_000;
const never = (): readonly number[] => [];
const file = (...allow: readonly PolicyEntry[]): LoadedPolicy => ({
  source: "file",
  policy: { ...MONITOR_ONLY, allow },
  sha256: "",
});
const restart = (name: string, driver = "systemd"): Action => ({ name: "service.restart", args: { driver, name } });
const nginx: PolicyEntry = { action: "service.restart", driver: "systemd", names: ["nginx.service"] };

describe("a server's policy", () => {
  test.each([
    ["missing", { source: "missing", policy: MONITOR_ONLY }],
    ["broken", { source: "broken", policy: MONITOR_ONLY, why: "mode 666" }],
    ["empty", file()],
  ] as const)("CM-08 that is %s refuses every action but ping", (_what, loaded) => {
    for (const name of Object.keys(ACTIONS) as ActionName[]) {
      expect({ name, allow: decide(loaded, { name, args: {} }, never, NOW).allow }).toEqual({
        name,
        allow: name === "agent.ping",
      });
    }
  });

  test("allows what one entry names whole", () => {
    expect(decide(file(nginx), restart("nginx.service"), never, NOW)).toEqual({ allow: true, entry: 0 });
  });

  test.each(["nginx", "nginx.service\n", "nginx.service ", "NGINX.service", "*", "nginx.service;id", ".*"])(
    "CM-01 CM-04 does not take %j for nginx.service",
    (name) => {
      expect(decide(file(nginx), restart(name), never, NOW)).toEqual({
        allow: false,
        why: expect.stringMatching(/^no entry of service.restart names this target \(looked at allow\[0\]\)/),
      });
    },
  );

  test("never combines entries: the name of one with the driver of another", () => {
    const web: PolicyEntry = { action: "service.restart", driver: "container", names: ["web"] };
    expect(decide(file(nginx, web), restart("web"), never, NOW).allow).toBe(false);
    expect(decide(file(nginx, web), restart("web", "container"), never, NOW)).toEqual({ allow: true, entry: 1 });
  });

  test("refuses an argument that no condition covers", () => {
    const action: Action = {
      name: "service.restart",
      args: { driver: "systemd", name: "nginx.service", host: "root@elsewhere" },
    };
    expect(decide(file(nginx), action, never, NOW).allow).toBe(false);
  });

  test("counts what was done within the window, and not before it", () => {
    const limited = { ...nginx, max: { count: 2, windowMs: 3_600_000 } };
    const at = (...agesMs: readonly number[]) =>
      decide(file(limited), restart("nginx.service"), () => agesMs.map((age) => NOW - age), NOW).allow;
    expect([at(), at(1), at(1, 2), at(1, 3_600_000), at(3_600_000, 3_600_001)]).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
  });

  test("keeps the interval between two uses", () => {
    const reboot: PolicyEntry = { action: "server.reboot", minIntervalMs: 600_000 };
    const at = (ageMs: number) =>
      decide(file(reboot), { name: "server.reboot", args: {} }, () => [NOW - ageMs], NOW).allow;
    expect([at(599_999), at(600_000)]).toEqual([false, true]);
  });

  test("CM-17 refuses what requires an operator's signature, naming the entry", () => {
    expect(decide(file({ action: "shell", require: "operator" }), { name: "shell", args: {} }, never, NOW)).toEqual({
      allow: false,
      why: "allow[0] requires an operator's signature, which this version cannot carry",
    });
  });

  test("holds a script's arguments to their type and bounds", () => {
    const rotate: PolicyEntry = {
      action: "exec.run",
      name: "rotate",
      exec: "/usr/local/lib/rotate",
      args: [
        { name: "days", type: "int", min: 1, max: 90 },
        { name: "kind", type: "choice", values: ["app", "web"] },
      ],
    };
    const at = (args: Action["args"]) =>
      decide(file(rotate), { name: "exec.run", args: { command: "rotate", ...args } }, never, NOW).allow;
    expect(at({ days: 7, kind: "app" })).toBe(true);
    for (const args of [
      { days: 0, kind: "app" },
      { days: 91, kind: "app" },
      { days: 1.5, kind: "app" },
      { days: "7", kind: "app" },
      { days: 7, kind: "db" },
      { days: 7 },
      { days: 7, kind: "app", more: "x" },
    ]) {
      expect({ args, allow: at(args as Action["args"]) }).toEqual({ args, allow: false });
    }
  });

  test("CM-05 lets no text through that it does not name", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyUnit }),
        (name) => name === "nginx.service" || !decide(file(nginx), restart(name), never, NOW).allow,
      ),
    );
  });
});

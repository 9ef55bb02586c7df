import { expect, test } from "vitest";
import { grantedVerbs, isLogGranted } from "./granted.ts";
import { MONITOR_ONLY } from "./policy.ts";
import type { LoadedPolicy, PolicyEntry } from "./policy.ts";

const file = (...allow: readonly PolicyEntry[]): LoadedPolicy => ({
  source: "file",
  policy: { ...MONITOR_ONLY, allow },
  sha256: "",
});
const web = { driver: "container", name: "web" } as const;

test("without a policy nothing is granted, with one exactly what its entries name", () => {
  const verbs = ["start", "stop", "restart", "pause", "kill"] as const;
  expect(grantedVerbs({ source: "missing", policy: MONITOR_ONLY }, web, verbs)).toEqual([]);
  const policy = file(
    { action: "service.restart", driver: "container", names: ["web"] },
    { action: "service.stop", driver: "systemd", names: ["web"] },
    { action: "container.pause", names: ["web", "db"] },
    { action: "container.kill", names: ["db"], signals: ["KILL"] },
  );
  expect(grantedVerbs(policy, web, verbs)).toEqual(["restart", "pause"]);
  expect(grantedVerbs(policy, { driver: "container", name: "db" }, verbs)).toEqual(["pause", "kill"]);
});

test("limits in time do not hide a verb, and an operator's signature that cannot be given does", () => {
  const limited = file({
    action: "service.restart",
    driver: "container",
    names: ["web"],
    max: { count: 1, windowMs: 1 },
  });
  expect(grantedVerbs(limited, web, ["restart"])).toEqual(["restart"]);
  const signed = file({ action: "service.restart", driver: "container", names: ["web"], require: "operator" });
  expect(grantedVerbs(signed, web, ["restart"])).toEqual([]);
});

test("a log is granted by its own entry, a file by its path", () => {
  const policy = file(
    { action: "logs.read", driver: "container", names: ["web"] },
    { action: "logs.read", driver: "file", files: ["/var/log/app.log"] },
  );
  expect(isLogGranted(policy, "container", "web")).toBe(true);
  expect(isLogGranted(policy, "file", "/var/log/app.log")).toBe(true);
  for (const [driver, name] of [
    ["container", "db"],
    ["systemd", "web"],
    ["file", "/var/log/app.log.1"],
    ["file", "/var/log/../log/app.log"],
    ["container", "/var/log/app.log"],
  ] as const)
    expect(isLogGranted(policy, driver, name)).toBe(false);
});

import { MONITOR_ONLY } from "@muster/core";
import type { LoadedPolicy, PolicyEntry } from "@muster/core";
import { POLICY_SUMMARY_LIMITS, agentFrameSchema } from "@muster/protocol";
import { expect, test } from "vitest";
import { explainPolicy, reportPolicy } from "./describe-policy.ts";

const file = (...allow: readonly PolicyEntry[]): LoadedPolicy => ({
  source: "file",
  policy: { ...MONITOR_ONLY, allow },
  sha256: "ab",
});
const summaryOf = (loaded: LoadedPolicy) => {
  const { policyHash, policySummary } = reportPolicy(loaded);
  // What an agent says, a hub takes whole.
  const frame = agentFrameSchema.parse(JSON.parse(JSON.stringify({ t: "policy", policyHash, policySummary })));
  expect(frame).toEqual({ t: "policy", policyHash, policySummary });
  return policySummary;
};

test("the hub is told named commands with their arguments, actions that some entry allows, and files", () => {
  const args = [{ name: "days", type: "int", min: 1, max: 90 }] as const;
  expect(
    summaryOf(
      file(
        { action: "exec.run", name: "rotate", exec: "/usr/bin/rotate", args },
        { action: "server.reboot", minIntervalMs: 600_000 },
        { action: "logs.read", driver: "file", files: ["/var/log/a.log", "/var/log/b.log"] },
        { action: "logs.read", driver: "systemd", names: ["a.service"] },
      ),
    ),
  ).toMatchObject({
    state: "file",
    commands: [{ name: "rotate", args }],
    actions: ["exec.run", "server.reboot", "logs.read"],
    files: ["/var/log/a.log", "/var/log/b.log"],
  });
});

test("what is refused in any case is no offer, and no policy offers nothing", () => {
  const offers = { commands: undefined, actions: undefined, files: undefined };
  const operator = { require: "operator" } as const;
  const refused = file(
    { action: "server.reboot", ...operator },
    { action: "exec.run", name: "x", exec: "/x", ...operator },
  );
  expect({ ...offers, ...summaryOf(refused) }).toMatchObject(offers);
  expect({ ...offers, ...summaryOf({ source: "missing", policy: MONITOR_ONLY }) }).toMatchObject(offers);
});

test("a policy of any size is told within the hub's bounds, whole items only", () => {
  const values = Array.from({ length: POLICY_SUMMARY_LIMITS.valuesPerArgMax }, (_, index) =>
    `v${index}`.padEnd(255, "x"),
  );
  const entries: PolicyEntry[] = Array.from({ length: 500 }, (_, index) => ({
    action: "exec.run",
    name: `command-${index}`,
    exec: "/usr/bin/true",
    args: [{ name: "one", type: "choice", values }],
  }));
  const tooMany = { name: "many", type: "choice", values: [...values, "one-more"] } as const;
  const files = Array.from({ length: 500 }, (_, index) => `/var/log/${index}${"x".repeat(900)}`);
  const summary = summaryOf(
    file({ action: "exec.run", name: "large", exec: "/x", args: [tooMany] }, ...entries, {
      action: "logs.read",
      driver: "file",
      files,
    }),
  );
  expect(summary.commands?.[0]?.name).toBe("command-0");
  expect(summary.commands!.length).toBeGreaterThan(1);
  expect(
    summary.commands!.every(({ args }) => args[0]?.type === "choice" && args[0].values.length === values.length),
  ).toBe(true);
  expect(JSON.stringify(summary).length).toBeLessThan(256 * 1024);
});

test("[PO20] root is told which programs probes may have run, whole", () => {
  const loaded: LoadedPolicy = {
    ...{ source: "file", sha256: "ab" },
    policy: { ...MONITOR_ONLY, probe: { ...MONITOR_ONLY.probe, exec: [{ name: "disk", argv: ["/bin/disk", "-w"] }] } },
  };
  expect(explainPolicy(loaded, "policy.yaml")).toContain("Probes may have disk run: /bin/disk -w\n");
});

test("[PO21] root is told which hosts probes may have pinged", () => {
  const loaded: LoadedPolicy = {
    ...{ source: "file", sha256: "ab" },
    policy: { ...MONITOR_ONLY, probe: { ...MONITOR_ONLY.probe, icmp: ["db.internal", "::1"] } },
  };
  expect(explainPolicy(loaded, "/etc/muster/policy.yaml")).toContain("Probes may have it ping: db.internal, ::1.\n");
});

import { expect, test } from "vitest";
import { openIncident } from "./incident.ts";
import type { Member } from "./incident.ts";
import { isHeldBack } from "./silence.ts";
import type { SilenceMatcher } from "./silence.ts";
import { NO_SUBJECT, subjectKey } from "./subject.ts";
import type { Subject } from "./subject.ts";

const NOTHING: SilenceMatcher = {
  serverIds: [],
  tags: [],
  ruleIds: [],
  probeIds: [],
  services: [],
  severityMost: null,
};
const WORLD = {
  tagsOf: (serverId: string) => (serverId === "web" ? ["eu"] : []),
  maintenanceUntil: (probeId: string) => (probeId === "kept" ? 100 : null),
};
const member = (subject: Partial<Subject>, severity: Member["severity"] = "error"): Member => {
  const whole = { ...NO_SUBJECT, ...subject };
  return { key: subjectKey(whole), subject: whole, title: "x", severity, value: null, since: 0, clearedAt: null };
};
const held = (matcher: Partial<SilenceMatcher>, members: readonly Member[], now = 50): boolean => {
  const silence = { id: "s", matcher: { ...NOTHING, ...matcher }, reason: "", author: "", from: 10, until: 100 };
  return isHeldBack(openIncident("i", { id: "r", name: "R" }, members, 0).incident, [silence], WORLD, now);
};
const WEB = member({ serverId: "web", service: { driver: "systemd", name: "nginx.service" } });

test.each<[string, Partial<SilenceMatcher>, readonly Member[], boolean]>([
  ["nothing named", {}, [WEB], false],
  ["its server", { serverIds: ["web"] }, [WEB], true],
  ["another server", { serverIds: ["db"] }, [WEB], false],
  ["a tag", { tags: ["eu"] }, [WEB], true],
  ["its rule", { ruleIds: ["r"] }, [WEB], true],
  ["its service by a pattern", { services: ["nginx*"] }, [WEB], true],
  ["its server and another service", { serverIds: ["web"], services: ["sshd*"] }, [WEB], false],
  ["mild enough", { serverIds: ["web"], severityMost: "error" }, [WEB], true],
  ["too bad", { serverIds: ["web"], severityMost: "warning" }, [WEB], false],
  ["one of two", { serverIds: ["web"] }, [WEB, member({ serverId: "db" })], false],
  ["a probe", { probeIds: ["p"] }, [member({ probeId: "p" })], true],
  ["a probe in maintenance of its own", {}, [member({ probeId: "kept" })], true],
  ["a severity alone", { severityMost: "critical" }, [WEB], false],
])("[AL20] %s", (_name, matcher, members, expected) => {
  expect(held(matcher, members)).toBe(expected);
});

test("[AL20] before its beginning and from its end on it holds nothing back", () => {
  expect([9, 10, 99, 100].map((now) => held({ serverIds: ["web"] }, [WEB], now))).toEqual([false, true, true, false]);
});

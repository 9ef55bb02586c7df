import type { Incident } from "./incidents-view.ts";

/** An incident for tests, with what the test is about put over it. */
export const testIncident = (parts: Partial<Incident> & Pick<Incident, "title">): Incident => ({
  id: parts.title,
  ruleId: "rule",
  rule: "Disk is nearly full",
  state: "open",
  severity: "warning",
  openedAt: 1_000,
  resolvedAt: null,
  reopened: 0,
  acknowledged: null,
  snoozedUntil: null,
  isHeld: false,
  heldBehind: null,
  wrongCount: 1,
  memberCount: 1,
  servers: [],
  serviceIds: [],
  probeIds: [],
  ...parts,
});

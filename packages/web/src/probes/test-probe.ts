import type { Probe } from "./probes-view.ts";

/** A probe for tests, with what the test is about put over it. */
export const testProbe = (parts: Partial<Probe> & Pick<Probe, "name">): Probe => ({
  id: parts.name,
  kind: "http",
  target: "https://shop.example/",
  via: null,
  about: null,
  tags: [],
  state: "active",
  maintenanceUntil: null,
  intervalMs: 30_000,
  timeoutMs: 10_000,
  rise: 1,
  fall: 3,
  hasSecret: false,
  settings: {},
  health: "healthy",
  since: 1_000,
  detail: "",
  lastAt: 1_000,
  nextAt: 31_000,
  tookMs: 40,
  certificateUntil: null,
  beats: [],
  createdAt: 0,
  ...parts,
});

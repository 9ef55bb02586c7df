import { expect, test } from "vitest";
import { readAgentConfig } from "./config.ts";
import { unitText } from "./unit.ts";

const unitOf = (settings: Record<string, string>): string => {
  const read = readAgentConfig(settings);
  if (!read.ok) throw new Error(read.problems.join());
  return unitText({ config: read.config, user: "muster-agent", program: "/p/agent.mjs", node: "/p/node" });
};

test("[SV24] a unit names every path that was set, and takes none that it would read as something else", () => {
  const unit = unitOf({ MUSTER_AGENT_SERVICES: "/srv/own.yaml", MUSTER_AGENT_POLICY: "/srv/policy.yaml" });
  expect(unit).toContain("\nEnvironment=MUSTER_AGENT_SERVICES=/srv/own.yaml\n");
  expect(unit).toContain("\nEnvironment=MUSTER_AGENT_POLICY=/srv/policy.yaml\n");
  for (const name of ["MUSTER_AGENT_SERVICES", "MUSTER_AGENT_POLICY", "MUSTER_AGENT_STATE"])
    expect(() => unitOf({ [name]: "/srv/a b" })).toThrow("cannot stand in a unit");
});

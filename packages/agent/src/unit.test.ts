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

test("[PR90] where it listens goes into the unit, with its certificate; what is none, or half of it, is told", () => {
  const unit = unitOf({
    MUSTER_AGENT_LISTEN: "[fd00::5]:8766",
    MUSTER_AGENT_TLS_CERT: "/etc/muster/agent.crt",
    MUSTER_AGENT_TLS_KEY: "/etc/muster/agent.key",
  });
  expect(unit).toContain(
    "\nEnvironment=MUSTER_AGENT_LISTEN=[fd00::5]:8766\nEnvironment=MUSTER_AGENT_TLS_CERT=/etc/muster/agent.crt\nEnvironment=MUSTER_AGENT_TLS_KEY=/etc/muster/agent.key\nUser=",
  );
  expect(unitOf({ MUSTER_AGENT_LISTEN: "8766" })).toContain("\nEnvironment=MUSTER_AGENT_LISTEN=127.0.0.1:8766\nUser=");
  expect(unitOf({})).not.toContain("LISTEN");
  for (const [settings, why] of [
    [{ MUSTER_AGENT_LISTEN: "0.0.0.0" }, "must be host:port"],
    [{ MUSTER_AGENT_LISTEN: "0.0.0.0:99999" }, "must be host:port"],
    [{ MUSTER_AGENT_LISTEN: "a b:80" }, "must be host:port"],
    [{ MUSTER_AGENT_LISTEN: "8766", MUSTER_AGENT_TLS_CERT: "/a" }, "go together"],
    [{ MUSTER_AGENT_LISTEN: "8766", MUSTER_AGENT_TLS_CERT: "/a", MUSTER_AGENT_TLS_KEY: "b" }, "absolute path"],
    [{ MUSTER_AGENT_TLS_CERT: "/a", MUSTER_AGENT_TLS_KEY: "/b" }, "MUSTER_AGENT_LISTEN, which is not set"],
    [{ MUSTER_AGENT_LISTEN: "8766", MUSTER_AGENT_TLS_CERT: "/a b", MUSTER_AGENT_TLS_KEY: "/b" }, "cannot stand in"],
  ] as const)
    expect(() => unitOf(settings), JSON.stringify(settings)).toThrow(why);
});

import { join } from "node:path";
import { silentLogger } from "@muster/core";
import type { CollectorKind, Host } from "@muster/host";
import { readAgentConfig } from "../src/config.ts";
import type { AgentConfig } from "../src/config.ts";

/** The agent's program, to be run in a process of its own. */
export const AGENT_PROGRAM = join(import.meta.dirname, "../src/main.ts");

/** A machine without anything on it. */
export const emptyHost: Host = {
  readFile: () => Promise.resolve(undefined),
  listDirectory: () => Promise.resolve(undefined),
  fileSystemUsage: () => Promise.resolve(undefined),
  readLink: () => Promise.resolve(undefined),
  execute: () => Promise.reject(new Error("nothing runs here")),
};

/** One series that counts its own readings: a missing or doubled one shows. */
export function countingKind(): CollectorKind & { readonly made: number[] } {
  const made: number[] = [];
  return {
    name: "counting",
    everyMs: 0,
    made,
    create: () => ({
      collect(sink) {
        made.push(made.length + 1);
        sink.counter("readings_total", made.length);
        return Promise.resolve();
      },
    }),
  };
}

export function testConfig(stateDirectory: string, change: Partial<AgentConfig> = {}): AgentConfig {
  const read = readAgentConfig({ MUSTER_AGENT_STATE: stateDirectory });
  if (!read.ok) throw new Error(read.problems.join());
  return {
    ...read.config,
    policyPath: `${stateDirectory}/none/policy.yaml`,
    servicesPath: `${stateDirectory}/none/services.yaml`,
    ...change,
  };
}

export { silentLogger };

import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { deadline, isMusterError } from "@muster/core";
import { examine } from "@muster/host";
import type { DoctorReport } from "@muster/host";
import { silentLogger } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import type { AgentConfig, ListenConfig } from "../config.ts";
import { statePaths } from "../config.ts";
import { hubOf, identityProblems, loadIdentity } from "../identity/identity.ts";
import type { Identity } from "../identity/identity.ts";
import { grantIsCurrent } from "../install/grant.ts";
import { DEFAULT_USER, installedUnit } from "../install/install-agent.ts";
import { LocalHost } from "../local-host.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { dialHub } from "../uplink/greeting.ts";
import { AGENT_BUILT_AT, AGENT_VERSION } from "../version.ts";

/** One thing looked at: how it is, and what to do where it is not well. */
export interface AgentFinding {
  readonly level: "ok" | "note" | "problem";
  readonly what: string;
  readonly todo?: string;
}

export interface AgentReport {
  readonly version: string;
  readonly node: string;
  readonly findings: readonly AgentFinding[];
  /** Our numbers beside those of free, df and /proc. */
  readonly readings: DoctorReport["findings"];
  readonly sources: Readonly<Record<string, string>>;
}

const REACH_MS = 15_000;

/** Looks at everything that can keep an agent from its work; takes some seconds and changes nothing. */
export async function examineAgent(config: AgentConfig): Promise<AgentReport> {
  const findings: AgentFinding[] = [];
  findings.push(...examineState(config));
  const identity = identityOf(config, findings);
  if (identity !== undefined)
    findings.push(...(config.listen === undefined ? await examineHub(identity) : [examineDoor(config.listen)]));
  findings.push(await examinePolicy(config), ...(await examineGrant(config)));

  const host = new LocalHost(systemClock);
  const limit = deadline(systemClock, 30_000);
  try {
    const report = await examine(
      { mounts: config.mounts, hostRoot: config.hostRoot },
      { host, clock: systemClock, log: silentLogger },
      limit.signal,
    );
    for (const { collector, why } of report.problems) {
      findings.push({ level: "note", what: `${collector} is not read: ${why}` });
    }
    for (const finding of report.findings.filter((each) => each.verdict === "differs")) {
      findings.push({
        level: "problem",
        what: `${finding.what} is ${String(finding.ours)} here and ${String(finding.theirs)} by ${finding.why}`,
        todo: "run the check again under less load; if it stays, report it with this output",
      });
    }
    return {
      version: AGENT_VERSION,
      node: process.versions.node,
      findings,
      readings: report.findings,
      sources: report.facts.sources,
    };
  } finally {
    limit.done();
    host.close();
  }
}

function examineState(config: AgentConfig): AgentFinding[] {
  const { stateDirectory } = config;
  if (!existsSync(stateDirectory))
    return [
      { level: "problem", what: `${stateDirectory} does not exist`, todo: "join a hub: muster agent join ADDRESS" },
    ];
  const findings: AgentFinding[] = [];
  const { mode, uid } = statSync(stateDirectory);
  if ((mode & 0o077) !== 0)
    findings.push({
      level: "problem",
      what: `${stateDirectory} is open to others`,
      todo: `chmod 700 ${stateDirectory}`,
    });
  try {
    accessSync(stateDirectory, constants.R_OK | constants.W_OK);
  } catch {
    const todo = `run this as user ${uid}, who owns it`;
    return [...findings, { level: "problem", what: `${stateDirectory} cannot be read and written by this user`, todo }];
  }
  const { spool } = statePaths(stateDirectory);
  const segments = existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith(".seg")) : [];
  const bytes = segments.reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
  findings.push({
    level: bytes > config.spoolBytesMax * 0.8 ? "problem" : "ok",
    what: `the spool holds ${bytes} bytes in ${segments.length} files, at most ${config.spoolBytesMax}`,
    ...(bytes > config.spoolBytesMax * 0.8
      ? { todo: "bring the hub back, or raise the limit: the oldest go first" }
      : {}),
  });
  return findings;
}

function identityOf(config: AgentConfig, findings: AgentFinding[]): Identity | undefined {
  for (const what of identityProblems(config.stateDirectory)) {
    const todo = what.includes("does not exist") ? "join a hub: muster agent join ADDRESS" : "mend it, then join anew";
    findings.push({ level: "problem", what, todo });
  }
  try {
    const identity = loadIdentity(config.stateDirectory);
    if (identity !== undefined)
      findings.push({ level: "ok", what: `joined ${hubOf(identity)} as "${identity.name}" (${identity.serverId})` });
    return identity;
  } catch {
    return undefined;
  }
}

const examineDoor = ({ host, port }: ListenConfig): AgentFinding => ({
  level: "note",
  what: `the hub dials this agent at ${host}:${port}; whether it gets through, the panel shows`,
});

async function examineHub(identity: Identity): Promise<AgentFinding[]> {
  if (identity.hubUrl === "")
    return [
      {
        level: "problem",
        what: "the hub dials this agent, which does not listen",
        todo: "set MUSTER_AGENT_LISTEN, or run muster agent serve",
      },
    ];
  const limit = deadline(systemClock, REACH_MS);
  const floorAt = Math.max(AGENT_BUILT_AT, identity.hubTimeSeenAt);
  const findings: AgentFinding[] = [];
  if (systemClock.now() < floorAt)
    findings.push({
      level: "problem",
      what: "this machine's clock is behind a time that the hub has said",
      todo: "set the clock; check its time service (timedatectl)",
    });
  try {
    const meet = dialHub({ clock: systemClock, randomBytes });
    const { channel, hub } = await meet(identity.hubUrl, identity, floorAt, limit.signal);
    channel.close(1000);
    findings.push({ level: "ok", what: `the hub ${hub.hubId} answers and has proved itself` });
  } catch (error) {
    const isDistrust = isMusterError(error, "HUB_NOT_TRUSTED");
    findings.push({
      level: "problem",
      what: error instanceof Error ? error.message : String(error),
      todo: isDistrust
        ? "make sure that the address leads to your own hub; after a new fleet root join again with --again"
        : "check name, port, firewall and that the hub runs",
    });
  } finally {
    limit.done();
  }
  return findings;
}

async function examinePolicy(config: AgentConfig): Promise<AgentFinding> {
  const loaded = await readPolicy({ path: config.policyPath });
  if (loaded.source === "broken")
    return {
      level: "problem",
      what: `the policy is not used, this server is monitor-only: ${loaded.why}`,
      todo: `mend ${config.policyPath}; it belongs to root, mode 644, in a directory of root's with mode 755`,
    };
  if (loaded.source === "missing") return { level: "ok", what: "monitor-only: there is no policy file" };
  return { level: "ok", what: `the policy is in force with ${loaded.policy.allow.length} entries` };
}

/** Only where the agent is installed as a service, and for root alone: nobody else can see what is granted. */
async function examineGrant(config: AgentConfig): Promise<readonly AgentFinding[]> {
  const unit = installedUnit();
  if (unit === undefined || process.getuid?.() !== 0) return [];
  const loaded = await readPolicy({ path: config.policyPath });
  if (await grantIsCurrent(loaded, unit.user ?? DEFAULT_USER))
    return [{ level: "ok", what: "the operating system's rights are those of the policy" }];
  return [
    {
      level: "note",
      what: "the operating system's rights are not those of the policy as it is now",
      todo: "muster agent grant (--print shows them)",
    },
  ];
}

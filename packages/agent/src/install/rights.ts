import { grantUnitName, isUnitName } from "@muster/core";
import type { ActionName, Policy, PolicyEntry } from "@muster/core";

/** Rights that reach further than the policy's words, so that root has to ask for them by name. */
export const ALLOWANCES = ["docker", "kill"] as const;
export type Allowance = (typeof ALLOWANCES)[number];

/** What systemd's manager calls each verb when it asks polkit. */
const MANAGER_VERBS = {
  "service.start": "start",
  "service.stop": "stop",
  "service.restart": "restart",
  "service.reload": "reload",
  "service.reset": "reset-failed",
} as const satisfies Partial<Record<ActionName, string>>;

/** One verb of one unit. */
export interface UnitRight {
  readonly verb: string;
  readonly unit: string;
}

/** A unit of root's own that the agent may start, and what it does. */
export interface HelperUnit {
  readonly name: string;
  readonly verb: "enable" | "disable";
  readonly unit: string;
}

/** What the operating system has to let the agent's user do so that its policy is more than words. */
export interface Rights {
  /** Sorted, each once. */
  readonly units: readonly UnitRight[];
  readonly helpers: readonly HelperUnit[];
  readonly reboot: "granted" | "not-granted";
  /** Groups that the agent runs with, besides its own. */
  readonly groups: readonly string[];
  readonly kill: "granted" | "not-granted";
  /** `pings`: it starts the system's `ping`. */
  readonly probes: "pings" | "no-pings";
  /** `process`: it starts services itself, which must outlive it and are not held to its own limits. */
  readonly supervises: "yes" | "no";
  /** What the person at the terminal has to know: rights that reach further than the policy, and such as cannot be given. */
  readonly notes: readonly string[];
}

/**
 * Exactly the rights that a policy's entries need, and a note for each that is wider or missing. Entries that this
 * version refuses anyway (`require: operator`) give none.
 */
export function rightsOf(policy: Policy, allowed: readonly Allowance[]): Rights {
  const units = new Map<string, UnitRight>();
  const helpers = new Map<string, HelperUnit>();
  const groups = new Set<string>();
  const notes = new Set<string>();
  const entries = policy.allow.filter((entry) => entry.require === undefined);
  let reboot: Rights["reboot"] = "not-granted";
  let kill: Rights["kill"] = "not-granted";
  let supervises: Rights["supervises"] = "no";

  const takeUnit = (entry: PolicyEntry, unit: string): void => {
    if (!isUnitName(unit)) {
      notes.add(`${entry.action} of ${unit}: not granted, write the unit's full name, such as ${unit}.service`);
      return;
    }
    if (entry.action === "service.enable" || entry.action === "service.disable") {
      const verb = entry.action === "service.enable" ? "enable" : "disable";
      const name = grantUnitName(verb, unit);
      if (name === undefined) notes.add(`${entry.action} of ${unit}: not granted, the name is too long`);
      else helpers.set(name, { name, verb, unit });
      return;
    }
    const verb = MANAGER_VERBS[entry.action as keyof typeof MANAGER_VERBS] as string | undefined;
    if (verb !== undefined) units.set(`${verb} ${unit}`, { verb, unit });
  };

  for (const entry of entries) {
    if (entry.max !== undefined || entry.minIntervalMs !== undefined)
      notes.add("limits in time (max, minInterval) are kept by the agent; the operating system does not know them");
    if (entry.driver === "process" || entry.driver === "tmux") {
      if (entry.action !== "logs.read") supervises = "yes";
    } else if (entry.driver === "systemd-user") {
      notes.add(`${entry.action} with driver systemd-user: not granted, only that user can reach a user's own systemd`);
    } else if (entry.action === "logs.read") {
      takeLog(entry, { allowed, groups, notes });
    } else if (entry.driver === "container" || entry.action.startsWith("container.")) {
      takeDocker(entry, { allowed, groups, notes });
    } else if (entry.action === "process.kill") {
      kill = allowed.includes("kill") ? "granted" : "not-granted";
      notes.add(
        kill === "granted"
          ? "process.kill: the agent may signal EVERY process of this machine (CAP_KILL); its policy alone holds it to the users named"
          : `process.kill of ${(entry.users ?? []).join(", ")}: not granted; the operating system can only grant signals to every process: --allow-kill`,
      );
    } else if (entry.action === "server.reboot") reboot = "granted";
    else if (entry.action === "exec.run")
      notes.add(`exec.run ${entry.name}: runs as the agent's own user, with no right added`);
    else if (entry.driver === "systemd") for (const unit of entry.names ?? []) takeUnit(entry, unit);
  }
  const probes = policy.probe.icmp.length > 0 ? "pings" : "no-pings";
  if (probes === "pings")
    notes.add(
      "probe.icmp: ping runs as the agent's own user, whose group net.ipv4.ping_group_range (sysctl) must hold; no right is added",
    );
  if (supervises === "yes")
    notes.add("services that the agent starts itself run as its own user, outlive it, and may write what it may");
  return {
    units: sorted(units),
    helpers: sorted(helpers),
    reboot,
    groups: [...groups].toSorted(),
    kill,
    probes,
    supervises,
    notes: [...notes],
  };
}

interface Taking {
  readonly allowed: readonly Allowance[];
  readonly groups: Set<string>;
  readonly notes: Set<string>;
}

function takeLog(entry: PolicyEntry, taking: Taking): void {
  if (entry.driver === "systemd") {
    taking.groups.add("systemd-journal");
    taking.notes.add(
      "logs.read of systemd: the agent may read the WHOLE journal (group systemd-journal); its policy alone holds it to the units named",
    );
  } else if (entry.driver === "container") takeDocker(entry, taking);
  else if (entry.driver === "file")
    for (const file of entry.files ?? [])
      taking.notes.add(
        `logs.read of ${file}: no right added; let the agent's user read it, such as by setfacl -m u:USER:r`,
      );
}

function takeDocker(entry: PolicyEntry, { allowed, groups, notes }: Taking): void {
  if (allowed.includes("docker")) {
    groups.add("docker");
    notes.add(
      "containers: the agent may use the Docker socket, which is ROOT by another name; only its policy holds it",
    );
  } else
    notes.add(
      `${entry.action} of containers: not granted; the Docker socket is ROOT by another name, so say it: --allow-docker`,
    );
}

const sorted = <T>(map: ReadonlyMap<string, T>): readonly T[] => [...map.keys()].toSorted().map((key) => map.get(key)!);

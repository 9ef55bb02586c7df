import { isUnitName } from "@muster/core";
import type { HelperUnit, Rights } from "./rights.ts";

/** A file of root's own, mode 0644, that gives the agent's user rights. */
export interface GrantFile {
  readonly path: string;
  readonly text: string;
}

export const POLKIT_DIRECTORY = "/etc/polkit-1/rules.d";
export const RULES_PATH = `${POLKIT_DIRECTORY}/60-muster-agent.rules`;
export const UNIT_DIRECTORY = "/etc/systemd/system";
export const AGENT_UNIT = "muster-agent.service";
export const DROP_IN_DIRECTORY = `${UNIT_DIRECTORY}/${AGENT_UNIT}.d`;
export const DROP_IN_PATH = `${DROP_IN_DIRECTORY}/60-grant.conf`;
/** Units that `grant` wrote, and nobody else: their names begin so, and each says so in its first line. */
export const HELPER_NAME = /^muster-(?:enable|disable)-.+\.service$/;
export const WRITTEN_BY = "Written by `muster agent grant`; changes made here are lost.";

const USER_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;
/** Names that may stand in files of the system's own: what useradd takes, no more. */
export const isUserName = (text: string): boolean => USER_NAME.test(text);

export interface GrantRequest {
  readonly user: string;
  readonly rights: Rights;
  /** SHA-256 of the policy that the rights come from, "" without one. */
  readonly policySha256: string;
}

/**
 * Every file that stands for the rights; none at all when there are none. Throws when a name could mean more than
 * itself: what is written here is read as root.
 */
export function grantFiles({ user, rights, policySha256 }: GrantRequest): readonly GrantFile[] {
  if (!isUserName(user)) throw new Error(`${JSON.stringify(user)} is no name of a user`);
  const wrong = [...rights.units, ...rights.helpers].find(({ unit }) => !isUnitName(unit));
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong.unit)} is no name of a unit`);
  const files: GrantFile[] = rights.helpers.map((helper) => ({
    path: `${UNIT_DIRECTORY}/${helper.name}`,
    text: helperText(helper),
  }));
  const rules = rulesText(user, rights, policySha256);
  if (rules !== undefined) files.push({ path: RULES_PATH, text: rules });
  const dropIn = dropInText(rights);
  if (dropIn !== undefined) files.push({ path: DROP_IN_PATH, text: dropIn });
  return files;
}

const REBOOT_ACTIONS = ["org.freedesktop.login1.reboot", "org.freedesktop.login1.reboot-multiple-sessions"];

/**
 * Rules for polkit: JavaScript that says yes to each pair of verb and unit by comparing whole texts, and leaves all else
 * to what the machine says. What starts a transient unit names none, so it is never a pair of this list.
 */
function rulesText(user: string, rights: Rights, policySha256: string): string | undefined {
  const pairs = [
    ...rights.units.map(({ verb, unit }) => `${verb} ${unit}`),
    ...rights.helpers.map(({ name }) => `start ${name}`),
  ];
  if (pairs.length === 0 && rights.reboot === "not-granted") return undefined;
  const yes = (texts: readonly string[]): string =>
    texts.map((text) => `      case ${JSON.stringify(text)}:\n`).join("") + "        return polkit.Result.YES;\n";
  const units =
    pairs.length === 0
      ? ""
      : `  if (action.id === "org.freedesktop.systemd1.manage-units") {
    switch (action.lookup("verb") + " " + action.lookup("unit")) {
${yes(pairs)}    }
  }
`;
  const reboot =
    rights.reboot === "not-granted"
      ? ""
      : `  if (${REBOOT_ACTIONS.map((id) => `action.id === ${JSON.stringify(id)}`).join(" || ")}) {
    return polkit.Result.YES;
  }
`;
  return `// ${WRITTEN_BY}
// Policy: ${policySha256}
polkit.addRule(function (action, subject) {
  if (subject.user !== ${JSON.stringify(user)}) return polkit.Result.NOT_HANDLED;
${units}${reboot}  return polkit.Result.NOT_HANDLED;
});
`;
}

/** systemd reads a backslash and a percent sign as the beginning of something else. */
const helperText = ({ verb, unit }: HelperUnit): string => `# ${WRITTEN_BY}
[Unit]
Description=Muster: ${verb} one unit
[Service]
Type=oneshot
ExecStart=/bin/systemctl ${verb} -- "${unit.replaceAll("\\", "\\\\")}"
`;

/** What the agent's own unit needs beyond monitoring. */
function dropInText({ groups, kill, probes, supervises }: Rights): string | undefined {
  const lines: string[] = [];
  if (groups.length > 0) lines.push(`SupplementaryGroups=${groups.join(" ")}`);
  if (kill === "granted") lines.push("CapabilityBoundingSet=CAP_KILL", "AmbientCapabilities=CAP_KILL");
  // ping gives up what it has before it begins; of a program that has nothing that changes nothing.
  if (probes === "pings") lines.push("SystemCallFilter=capset setuid");
  if (supervises === "yes") {
    lines.push(
      "# Services that the agent starts outlive it, and are not held to its own limits.",
      "KillMode=process",
      "MemoryMax=infinity",
      "TasksMax=infinity",
      "Nice=0",
      "OOMScoreAdjust=0",
      "ProtectSystem=full",
      "ProtectHome=no",
      "PrivateTmp=no",
      "RestrictAddressFamilies=AF_NETLINK",
    );
  }
  return lines.length === 0 ? undefined : `# ${WRITTEN_BY}\n[Service]\n${lines.join("\n")}\n`;
}

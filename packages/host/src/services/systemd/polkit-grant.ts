import type { Verb } from "@muster/core";
import type { ActingHost } from "../../host.ts";
import type { UnitEffect } from "./act-on-unit.ts";

/** What systemd asks polkit for. Files of units are one right for all units: polkit is not told which. */
const FILE_VERBS: readonly Verb[] = ["enable", "disable"];

/** Says what root would have to write so that the agent's user may do just this. */
export const polkitGrant =
  (host: ActingHost) =>
  async ({ verb, unit }: UnitEffect, signal: AbortSignal): Promise<string> => {
    const { stdout } = await host.execute(["/usr/bin/id", "-un"], { signal });
    const user = stdout.trim();
    const conditions = [`subject.user == "${user}"`];
    if (FILE_VERBS.includes(verb)) conditions.push('action.id == "org.freedesktop.systemd1.manage-unit-files"');
    else {
      conditions.push(
        'action.id == "org.freedesktop.systemd1.manage-units"',
        // A backslash stands in names that systemd escaped.
        `action.lookup("unit") == "${unit.replaceAll("\\", "\\\\")}"`,
        `action.lookup("verb") == "${verb === "reset" ? "reset-failed" : verb}"`,
      );
    }
    const rule = `polkit.addRule(function (action, subject) { if (${conditions.join(" && ")}) return polkit.Result.YES; });`;
    return `This line in a file of /etc/polkit-1/rules.d would grant it: ${rule}`;
  };

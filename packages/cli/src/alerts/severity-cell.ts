import { SEVERITIES, severityRank } from "@muster/core";
import type { Severity } from "@muster/core";
import { Option } from "commander";
import type { Colours } from "../terminal/colours.ts";
import type { Cell } from "../terminal/table.ts";

/** How bad something is, by its colour too. */
export function severityCell(severity: Severity, colours: Colours): Exclude<Cell, string> {
  const colour = {
    info: colours.faint,
    warning: colours.warning,
    error: colours.bad,
    critical: (text: string) => colours.strong(colours.bad(text)),
  };
  return { text: severity, colour: colour[severity] };
}

/** `--severity`: at least as bad as that. */
export const severityOption = (meaning: string): Option =>
  new Option("--severity <severity>", meaning).choices(SEVERITIES);

export const isAtLeast = (severity: Severity, least: Severity | undefined): boolean =>
  least === undefined || severityRank(severity) >= severityRank(least);

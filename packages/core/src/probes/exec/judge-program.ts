import type { ProbeResult } from "../probe-result.ts";
import { plainText } from "../probe-result.ts";
import { ProbeVerdict } from "../probe-verdict.ts";
import type { ProbeSettingsOf } from "../kinds.ts";
import { hasExitCode } from "./exit-codes.ts";
import { readProgramOutput } from "./program-output.ts";

/** How a program ended that a server ran for a probe, and what it wrote, as far as it was kept. */
export interface ProgramEnd {
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It wrote more than was kept. */
  readonly isCut: boolean;
}

/** What a plugin of Nagios ends with when it could not look itself. */
const UNKNOWN_CODE = 3;

/** What the end of a program says of what it looks at. */
export function judgeProgram(
  { exitCode, stdout, stderr, isCut }: ProgramEnd,
  { healthyCodes, degradedCodes, slowMs }: Pick<ProbeSettingsOf<"exec">, "healthyCodes" | "degradedCodes" | "slowMs">,
  tookMs: number,
): ProbeResult {
  const verdict = new ProbeVerdict();
  const { line, metrics } = readProgramOutput(stdout, isCut);
  const said = line === "" ? plainText(stderr.trimStart().split("\n", 1)[0] ?? "", 250) : line;
  const how = exitCode === null ? "ended by a signal" : `exit ${exitCode}`;
  const why = said === "" ? how : `${said} (${how})`;
  if (exitCode === null) verdict.unhealthy(why);
  else if (hasExitCode(degradedCodes, exitCode)) verdict.degraded(why);
  else if (hasExitCode(healthyCodes, exitCode)) verdict.judgeTime(tookMs, slowMs);
  else if (exitCode === UNKNOWN_CODE) verdict.unknown(why);
  else verdict.unhealthy(why);
  verdict.fact("exitCode", exitCode);
  if (isCut) verdict.fact("outputCut", true);
  for (const [metric, value] of metrics) verdict.sample(metric, value);
  if (metrics.size > 0)
    verdict.table({ key: "numbers", columns: [{ key: "metric" }, { key: "value" }], rows: [...metrics] });
  return verdict.result(tookMs, said === "" ? how : said);
}

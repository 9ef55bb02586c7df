import { ERRORS, MusterError } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import { HubRefusal } from "./client/hub-refusal.ts";
import { span } from "./terminal/formats.ts";
import type { Colours } from "./terminal/colours.ts";

/** A failure as `--json` shows it, on standard error; the shape of the HTTP API's errors. */
export interface ShownFailure {
  readonly code: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** What to show of anything thrown. What is not from the catalogue is a defect of ours and says so. */
export function describeFailure(error: unknown): ShownFailure {
  if (!(error instanceof MusterError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "INTERNAL", message: `Something failed inside muster itself: ${message}` };
  }
  const refusal = error instanceof HubRefusal ? error : undefined;
  return {
    code: refusal?.shownCode ?? error.code,
    message: error.message,
    ...(error.details.fields ? { fields: error.details.fields } : {}),
    ...(refusal?.requestId ? { requestId: refusal.requestId } : {}),
    ...(error.details.retryAfterMs === undefined ? {} : { retryAfterMs: error.details.retryAfterMs }),
  };
}

/** The code with which the program ends for this failure, from the catalogue. */
export const exitCodeFor = (error: unknown): number =>
  error instanceof MusterError ? ERRORS[error.code].exit : ERRORS.INTERNAL.exit;

/** Where a field stands in a request is the program's affair, not that of whoever typed it. */
const REQUEST_PART = /^(?:body|query|params)\./;

/** A failure for people: the sentence, what is wrong where, what to do, and the names under which others can find it. */
export function renderFailure(failure: ShownFailure, colours: Colours): string {
  const lines = [`${colours.bad("error")}: ${escapeControls(failure.message)}`];
  for (const [path, problem] of Object.entries(failure.fields ?? {})) {
    lines.push(`  ${escapeControls(path.replace(REQUEST_PART, ""))}: ${escapeControls(problem)}`);
  }
  if (failure.retryAfterMs !== undefined) lines.push(`  Try again in ${span(Math.max(1_000, failure.retryAfterMs))}.`);
  if (failure.code === "UNAUTHENTICATED") lines.push("  Run `muster login`, or set MUSTER_TOKEN to an API token.");
  if (failure.code === "FORBIDDEN")
    lines.push("  A token made before this right existed does not hold it: `muster login` makes a new one.");
  const names = failure.requestId ? `${failure.code}, request ${failure.requestId}` : failure.code;
  lines.push(colours.faint(`  (${escapeControls(names)})`));
  return `${lines.join("\n")}\n`;
}

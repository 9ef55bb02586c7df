import { escapeControls } from "@muster/node-kit";
import type { RouteAnswer, TaskRunView } from "@muster/protocol";
import { actionLine } from "../actions/describe-action.ts";
import { printedText } from "../logs/log-text.ts";
import type { Colours } from "../terminal/colours.ts";
import { span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields } from "../terminal/table.ts";
import { lateText, outcomeColour } from "./task-text.ts";

type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;

const INDENT = "    ";
const WORD_CHARACTERS = "succeeded".length;

/** One line of what becomes of a run. */
export function runLine(
  { task, state, outcome, detail, attempt, startedAt, endedAt }: TaskRunView,
  colours: Colours,
): string {
  const word = outcome ?? state;
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  const took = startedAt !== null && endedAt !== null ? colours.faint(` (${span(endedAt - startedAt)})`) : "";
  const said = detail === "" ? "" : `: ${detail}`;
  return `${outcomeColour(word, colours)(word.padEnd(WORD_CHARACTERS))}  ${escapeControls(`${task}${again}${said}`)}${took}\n`;
}

/** One run with all that it asked for, attempt by attempt, and what programs printed. */
export function runText({ run, actions, steps }: RunDetail, colours: Colours): string {
  const {
    id,
    task,
    slot,
    slotCount,
    slotLast,
    cause,
    by,
    state,
    outcome,
    detail,
    attempt,
    startedAt,
    endedAt,
    lateMs,
  } = run;
  const head = renderFields([
    ["task", task],
    ["run", id],
    ["outcome", outcome ?? state],
    ...(detail === "" ? [] : [["detail", detail] as const]),
    [
      cause === "asked" ? "asked for" : "due",
      slotCount > 1 ? `${utc(slot)} to ${utc(slotLast)}, ${slotCount} slots` : utc(slot),
    ],
    ...(by === "" ? [] : [["by", by] as const]),
    ["began", startedAt === null ? UNKNOWN : `${utc(startedAt)}${lateText(lateMs)}`],
    ["took", startedAt === null || endedAt === null ? UNKNOWN : span(endedAt - startedAt)],
    ["attempts", String(attempt)],
  ]);
  const attempts = [...new Set([...actions, ...steps].map((one) => one.attempt))].toSorted((a, b) => a - b);
  const parts = attempts.map((number) => [
    ...(attempts.length > 1 ? [`Attempt ${number}:\n`] : []),
    ...actions
      .filter((one) => one.attempt === number)
      .map(({ action }) => `${actionLine(action, colours)}${printedText(action.output ?? "", INDENT)}`),
    ...steps
      .filter((one) => one.attempt === number)
      .map((step) => {
        const word = step.outcome ?? "running";
        const line = escapeControls(step.detail === "" ? step.what : `${step.what}: ${step.detail}`);
        return `${outcomeColour(word, colours)(word.padEnd(WORD_CHARACTERS))}  ${line}\n${printedText(step.output, INDENT)}`;
      }),
  ]);
  return [head, ...parts.map((lines) => lines.join(""))].join("\n");
}

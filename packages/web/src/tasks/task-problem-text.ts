import type { SayTasks } from "./use-task-texts.ts";

type Say = (say: SayTasks, found: RegExpExecArray) => string;

/** What is wrong with a task, or peculiar about its schedule, by the sentence in which the hub says it; the first that fits wins. */
const SENTENCES: readonly (readonly [RegExp, Say])[] = [
  [/^must have five fields .*; it has (\d+)$/, (say, [, count]) => say("problem.fiveFields", { has: count })],
  [/^cannot be read: (.*)$/s, (say, [, why]) => say("problem.cron", { why })],
  [/^must name something$/, (say) => say("problem.noTarget")],
  [/^name something that is not there$/, (say) => say("problem.targetGone")],
  [/^must be containers; (.*) is none$/s, (say, [, name]) => say("problem.noContainer", { name })],
  [/^there is no such probe/, (say) => say("problem.noProbe")],
  [/^must be a notifier of kind/, (say) => say("problem.noText")],
  [/^must be a whole number from (\d+) to (\d+)$/, (say, [, least, most]) => say("problem.whole", { least, most })],
  [/^must be at least (\d+) s$/, (say, [, count]) => say("problem.leastSeconds", { seconds: count })],
  [/^This instant has passed/, (say) => say("note.passed")],
  [/^No slot comes/, (say) => say("note.never")],
  [
    /^The clock of (\S+) changes \((\S+) to (\S+)\) before (.*?)\. A time of day/,
    (say, [, zone, before, after, slot]) => say("note.clockChange", { zone, before, after, slot }),
  ],
];

/** In the language in use; undefined for a sentence that is not of tasks. */
export function taskProblemText(sentence: string, say: SayTasks): string | undefined {
  for (const [pattern, text] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return text(say, found);
  }
  return undefined;
}

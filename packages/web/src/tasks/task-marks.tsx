import type { TaskRunOutcome, TaskStanding } from "@muster/core";
import { Mark } from "../components/mark.tsx";
import type { Tone, WordChoice } from "../components/mark.tsx";
import { useTaskTexts } from "./use-task-texts.ts";
import type { Run } from "./tasks-view.ts";

const CLOCK = "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2Zm-.7 2.4h1.4v3.1l2.2 2.2-1 1-2.6-2.7Z";
const CROSS =
  "M2.5 2.5h11v11h-11Zm3 1.9L4.4 5.5 6.9 8l-2.5 2.5 1.1 1.1L8 9.1l2.5 2.5 1.1-1.1L9.1 8l2.5-2.5-1.1-1.1L8 6.9Z";
const TRIANGLE = "M8 2 15 14H1Zm-.8 4.5v3.6h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z";
const WEDGE = "M4 2.6v10.8L13 8Z";
const RING = "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Zm0 1.5a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z";
const QUESTION =
  "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4Zm-.7 7h1.4v1.4H7.3ZM5.7 6.5C5.7 5.1 6.7 4.3 8 4.3s2.4.8 2.4 2.1c0 1.6-1.7 1.7-1.7 2.5H7.3c0-1.6 1.7-1.7 1.7-2.5 0-.5-.4-.8-1-.8s-1 .4-1 .9Z";

/** Triangle, wedge, clock, ring, crossed circle: told apart without colour. */
const STANDINGS: Readonly<Record<TaskStanding, readonly [Tone, string]>> = {
  suspended: ["warning", TRIANGLE],
  running: ["note", WEDGE],
  planned: ["good", CLOCK],
  over: ["soft", RING],
  off: ["soft", "M4 3h3v10H4Zm5 0h3v10H9Z"],
};

/** Tick, crossed square, shield's bar, question, hourglass, stop, arrow past, hole. */
const OUTCOMES: Readonly<Record<TaskRunOutcome, readonly [Tone, string]>> = {
  succeeded: ["good", "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z"],
  failed: ["bad", CROSS],
  refused: ["warning", "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5Zm-.8 5.2v1.6h6.6V7.2Z"],
  unknown: ["warning", QUESTION],
  "timed-out": ["bad", "M3.5 2h9v1.4L9 8l3.5 4.6V14h-9v-1.4L7 8 3.5 3.4Z"],
  cancelled: ["soft", "M4 4h8v8H4Z"],
  skipped: ["soft", "M2.5 3.5 7 8l-4.5 4.5Zm5 0L12 8l-4.5 4.5ZM12.4 3.5h1.4v9h-1.4Z"],
  missed: ["warning", "M8 3.2 12.8 8 8 12.8 3.2 8Zm0 2.1L5.3 8 8 10.7 10.7 8Z"],
};

/** Whether a task will run, and why not. */
export function StandingMark({ standing, ...word }: WordChoice & { readonly standing: TaskStanding }) {
  const say = useTaskTexts();
  const [tone, path] = STANDINGS[standing];
  return <Mark tone={tone} path={path} text={say(`standing.${standing}`)} value={standing} {...word} />;
}

/** The one look of how a run ended. */
export function OutcomeMark({ outcome, ...word }: WordChoice & { readonly outcome: TaskRunOutcome }) {
  const say = useTaskTexts();
  const [tone, path] = OUTCOMES[outcome];
  return <Mark tone={tone} path={path} text={say(`outcome.${outcome}`)} value={outcome} {...word} />;
}

/** How a run is, or how it ended. */
export function RunMark({ run: { state, outcome }, ...word }: WordChoice & { readonly run: Run }) {
  const say = useTaskTexts();
  if (outcome !== null) return <OutcomeMark outcome={outcome} {...word} />;
  const is = state === "waiting" ? "waiting" : "running";
  return <Mark tone="note" path={is === "waiting" ? CLOCK : WEDGE} text={say(`runState.${is}`)} value={is} {...word} />;
}

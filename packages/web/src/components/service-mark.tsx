import type { Health, RunState } from "@muster/core";
import { useTranslation } from "react-i18next";
import { Mark } from "./mark.tsx";
import type { Tone, WordChoice } from "./mark.tsx";

const DISC = "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z";
const RING = "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Zm0 1.5a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z";
const TRIANGLE = "M8 2 15 14H1Zm-.8 4.5v3.6h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z";
const QUESTION =
  "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4Zm-.7 7h1.4v1.4H7.3ZM5.7 6.5C5.7 5.1 6.7 4.3 8 4.3s2.4.8 2.4 2.1c0 1.6-1.7 1.7-1.7 2.5H7.3c0-1.6 1.7-1.7 1.7-2.5 0-.5-.4-.8-1-.8s-1 .4-1 .9Z";

/** Told apart without colour: disc, rising and falling wedge, ring, circling arrow, crossed square, bars, question. */
const STATES: Readonly<Record<RunState, readonly [Tone, string]>> = {
  running: ["good", DISC],
  starting: ["note", "M8 3.2 13.2 12H2.8Zm0 3L5.4 10.5h5.2Z"],
  stopping: ["note", "M8 12.8 2.8 4h10.4Zm0-3 2.6-4.3H5.4Z"],
  stopped: ["soft", RING],
  "backing-off": [
    "warning",
    "M8 2.5a5.5 5.5 0 1 0 5.4 6.6h-1.6A4 4 0 1 1 8 4c1 0 2 .4 2.7 1.1L8.8 7H14V1.8l-2.2 2.2A5.5 5.5 0 0 0 8 2.5Z",
  ],
  failed: [
    "bad",
    "M2.5 2.5h11v11h-11Zm3 1.9L4.4 5.5 6.9 8l-2.5 2.5 1.1 1.1L8 9.1l2.5 2.5 1.1-1.1L9.1 8l2.5-2.5-1.1-1.1L8 6.9Z",
  ],
  paused: ["note", "M4 3h3v10H4Zm5 0h3v10H9Z"],
  unknown: ["soft", QUESTION],
};

/** Tick, triangle, octagon with a bar, question. */
const HEALTHS: Readonly<Record<Health, readonly [Tone, string]>> = {
  healthy: ["good", "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z"],
  degraded: ["warning", TRIANGLE],
  unhealthy: ["bad", "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5Zm-.8 5.2v1.6h6.6V7.2Z"],
  unknown: ["soft", QUESTION],
};

/** The one look of a service's state everywhere: colour, shape and word. */
export function RunStateMark({ state, ...word }: WordChoice & { readonly state: RunState }) {
  const { t } = useTranslation();
  const [tone, path] = STATES[state];
  return <Mark tone={tone} path={path} text={t(`runState.${state}`)} value={state} {...word} />;
}

/** The one look of health everywhere. */
export function HealthMark({ health, ...word }: WordChoice & { readonly health: Health }) {
  const { t } = useTranslation();
  const [tone, path] = HEALTHS[health];
  return <Mark tone={tone} path={path} text={t(`health.${health}`)} value={health} {...word} />;
}

import { IconCheck, IconCircle, IconLoader2, IconMinus, IconX } from "@tabler/icons-react";
import { useLinkTexts } from "./use-link-texts.ts";

const MARKS = {
  waiting: [IconCircle, "soft"],
  running: [IconLoader2, "warning"],
  done: [IconCheck, "good"],
  skipped: [IconMinus, "soft"],
  failed: [IconX, "bad"],
} as const;

/** How far a step is, by shape and word. */
export function StepMark({ state }: { readonly state: keyof typeof MARKS }) {
  const say = useLinkTexts();
  const [Mark, tone] = MARKS[state];
  return <Mark size={16} className={tone} role="img" aria-label={say(`agent.state_${state}`)} />;
}

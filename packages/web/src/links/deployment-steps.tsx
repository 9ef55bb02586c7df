import { IconCheck, IconCircle, IconLoader2, IconMinus, IconX } from "@tabler/icons-react";
import type { DeploymentView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

const MARKS = {
  waiting: [IconCircle, "soft"],
  running: [IconLoader2, "warning"],
  done: [IconCheck, "good"],
  skipped: [IconMinus, "soft"],
  failed: [IconX, "bad"],
} as const;
const TONES = { waiting: "soft", running: "soft", undoing: "warning", succeeded: "good", failed: "bad" } as const;

/** Each step of what is done to an agent, as it goes on, and how it ended. */
export function DeploymentSteps({ deployment }: { readonly deployment: DeploymentView }) {
  const say = useLinkTexts();
  const { state, steps, aftermath, action } = deployment;
  return (
    <div className="stack" style={{ gap: 8 }} data-testid="deployment" data-state={state} data-action={action}>
      <ol className={styles.steps} aria-label={say(`agent.doing_${action}`)}>
        {steps.map(({ step, state: each, detail }) => {
          const [Mark, tone] = MARKS[each];
          return (
            <li key={step} className={styles.step} data-testid="deployment-step" data-step={step} data-state={each}>
              <Mark size={16} className={tone} role="img" aria-label={say(`agent.state_${each}`)} />
              <span>{say(`agent.step_${step}`)}</span>
              <span className={`${styles.detail} ${each === "failed" ? "" : "soft"}`}>
                <ForeignText text={detail} />
              </span>
            </li>
          );
        })}
      </ol>
      <div role="status" className={TONES[state]}>
        {say(`agent.is_${state}`)} {aftermath !== "" && <ForeignText text={aftermath} />}
      </div>
    </div>
  );
}

import type { DeploymentView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./links.module.css";
import { StepMark } from "./step-mark.tsx";
import { useLinkTexts } from "./use-link-texts.ts";

const TONES = { waiting: "soft", running: "soft", undoing: "warning", succeeded: "good", failed: "bad" } as const;

/** Each step of what is done to an agent, as it goes on, and how it ended. */
export function DeploymentSteps({ deployment }: { readonly deployment: DeploymentView }) {
  const say = useLinkTexts();
  const { state, steps, aftermath, action } = deployment;
  return (
    <div className="stack" style={{ gap: 8 }} data-testid="deployment" data-state={state} data-action={action}>
      <ol className={styles.steps} aria-label={say(`agent.doing_${action}`)}>
        {steps.map(({ step, state: each, detail }) => (
          <li key={step} className={styles.step} data-testid="deployment-step" data-step={step} data-state={each}>
            <StepMark state={each} />
            <span>{say(`agent.step_${step}`)}</span>
            <span className={`${styles.detail} ${each === "failed" ? "" : "soft"}`}>
              <ForeignText text={detail} />
            </span>
          </li>
        ))}
      </ol>
      <div role="status" className={TONES[state]}>
        {say(`agent.is_${state}`)} {aftermath !== "" && <ForeignText text={aftermath} />}
      </div>
    </div>
  );
}

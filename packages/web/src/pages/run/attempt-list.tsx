import type { TaskRunStepView } from "@muster/protocol";
import { ActionList } from "../../actions/action-list.tsx";
import type { Action } from "../../actions/actions-view.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { OutputText } from "../../components/output-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { OutcomeMark } from "../../tasks/task-marks.tsx";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import styles from "./run.module.css";

interface AttemptListProps {
  readonly actions: readonly { readonly attempt: number; readonly action: Action }[];
  readonly steps: readonly TaskRunStepView[];
  /** Whether nothing more comes. */
  readonly isOver: boolean;
}

/** What a run asked for, the newest attempt first: actions of servers with what programs printed, and other steps. */
export function AttemptList({ actions, steps, isOver }: AttemptListProps) {
  const say = useTaskTexts();
  const attempts = [...new Set([...actions, ...steps].map(({ attempt }) => attempt))].toSorted((a, b) => b - a);
  if (attempts.length === 0) return <div className="soft">{say(isOver ? "nothingAsked" : "nothingYet")}</div>;
  return attempts.map((attempt) => {
    const asked = actions.filter((one) => one.attempt === attempt).map(({ action }) => action);
    return (
      <section key={attempt} className="stack" data-testid="run-attempt" data-attempt={attempt}>
        <h2>{attempts.length === 1 ? say("whatItDid") : say("attemptOf", { number: attempt })}</h2>
        {asked.length > 0 && <ActionList actions={asked} actor="hidden" folds="open" />}
        <ul className={styles.steps}>
          {steps
            .filter((step) => step.attempt === attempt)
            .map((step) => (
              <Step key={step.what} step={step} />
            ))}
        </ul>
      </section>
    );
  });
}

function Step({ step: { what, outcome, detail, output, endedAt } }: { readonly step: TaskRunStepView }) {
  const say = useTaskTexts();
  const format = useFormat();
  return (
    <li className={styles.step} data-testid="run-step" data-outcome={outcome ?? "none"}>
      <div className="row wrap">
        <strong>
          <ForeignText text={what} />
        </strong>
        {outcome === null ? <span className="soft">{say("runState.running")}</span> : <OutcomeMark outcome={outcome} />}
        <span className={styles.detail}>
          <ForeignText text={detail} />
        </span>
        {endedAt !== null && <span className="soft">{format.time(endedAt)}</span>}
      </div>
      {output !== "" && <OutputText text={output} testId="step-output" />}
    </li>
  );
}

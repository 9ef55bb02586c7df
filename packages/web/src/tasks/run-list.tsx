import { Link } from "@tanstack/react-router";
import { useRight } from "../api/use-right.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { shortActor } from "./task-actor.ts";
import { RunTimes } from "./last-result.tsx";
import styles from "./run-list.module.css";
import { ZoneTime } from "./schedule-text.tsx";
import { RunMark } from "./task-marks.tsx";
import type { Run, Task } from "./tasks-view.ts";
import { useTaskTexts } from "./use-task-texts.ts";

interface RunListProps {
  readonly runs: readonly Run[];
  readonly task: Task;
  readonly label: string;
}

/** Runs of one task with what each came to; slots that were skipped or missed are among them, with why. */
export function RunList({ runs, task, label }: RunListProps) {
  return (
    <ul className={styles.list} aria-label={label} data-testid="run-list">
      {runs.map((run) => (
        <RunRow key={run.id} run={run} task={task} />
      ))}
    </ul>
  );
}

function RunRow({ run, task }: { readonly run: Run; readonly task: Task }) {
  const say = useTaskTexts();
  const mayRead = useRight("actions.read");
  const { id, slot, slotCount, slotLast, cause, by, detail, attempt, state, outcome } = run;
  const when = <ZoneTime at={slot} zone={task.zone} />;
  return (
    <li className={styles.row} data-testid="run-row" data-run={id} data-outcome={outcome ?? state}>
      <RunMark run={run} />
      <span className={styles.when}>
        {mayRead ? (
          <Link to="/runs/$id" params={{ id }} data-testid="run-link">
            {when}
          </Link>
        ) : (
          when
        )}
        {slotCount > 1 && (
          <span className="soft">
            {" "}
            {say("slots", { count: slotCount })} <ZoneTime at={slotLast} zone={task.zone} />
          </span>
        )}
      </span>
      <span className={styles.rest}>
        <span className={styles.detail}>
          <ForeignText text={detail} />
        </span>
        <span className={`soft ${styles.times}`}>
          {cause === "asked" && (
            <span>
              <ForeignText text={say("askedBy", { name: shortActor(by) })} />
            </span>
          )}
          {attempt > 1 && <span>{say("attempts", { count: attempt })}</span>}
          <RunTimes run={run} task={task} />
        </span>
      </span>
    </li>
  );
}

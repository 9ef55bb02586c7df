import { TASK_RUN_OUTCOMES } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";
import { Facts } from "../../components/facts.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { OutcomeMark } from "../../tasks/task-marks.tsx";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import styles from "./task.module.css";

type Statistics = RouteAnswer<"GET /api/v1/tasks/{id}">["statistics"];

/** How the runs of the last 90 days ended, how long they took and how late they began. */
export function TaskStatistics({ statistics: { counts, durationMs, lateMs } }: { readonly statistics: Statistics }) {
  const say = useTaskTexts();
  const format = useFormat();
  const seen = TASK_RUN_OUTCOMES.filter((outcome) => (counts[outcome] ?? 0) > 0);
  if (seen.length === 0) return null;
  const spread = (of: Statistics["durationMs"]): string | null =>
    of &&
    say("spread", {
      median: shortTime(of.median),
      p95: shortTime(of.p95),
      max: shortTime(of.max),
    });
  const shortTime = (ms: number): string => (ms < 1_000 ? format.milliseconds(ms) : format.duration(ms));
  return (
    <section className="stack" data-testid="task-statistics">
      <h2>{say("statistics")}</h2>
      <div className={styles.counts}>
        {seen.map((outcome) => (
          <span key={outcome} className={styles.statistic} data-outcome={outcome}>
            <strong>{format.number(counts[outcome])}</strong> <OutcomeMark outcome={outcome} />
          </span>
        ))}
      </div>
      <Facts
        pairs={[
          [say("took"), spread(durationMs)],
          [say("beganLate"), spread(lateMs)],
        ]}
      />
    </section>
  );
}

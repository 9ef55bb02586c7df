import type { Schedule } from "@muster/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/api.ts";
import { isApiError } from "../../api/api-error.ts";
import { inputOf } from "../../components/use-field-errors.ts";
import { useSettled } from "../../browser/use-settled.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";
import { ScheduleText } from "../../tasks/schedule-text.tsx";
import { taskProblemText } from "../../tasks/task-problem-text.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { useZoneTimes } from "../../tasks/use-zone-times.ts";
import form from "./task-form.module.css";

interface SchedulePreviewProps {
  readonly schedule: Schedule;
  readonly zone: string;
  /** Whether it can be asked about at all. */
  readonly isSound: boolean;
  /** What the hub finds wrong with it is told at its inputs; null: nothing any more. */
  readonly onError: (error: unknown) => void;
  readonly inputs: readonly string[];
}

const SETTLED_MS = 300;

/** The schedule in words, its next slots by the clock of its zone, and what is peculiar about it: asked of the hub while it is filled in. */
export function SchedulePreview({ schedule, zone, isSound, onError, inputs }: SchedulePreviewProps) {
  const say = useTaskTexts();
  const format = useFormat();
  const times = useZoneTimes(zone);
  const now = useHubSecond();
  const wanted = JSON.stringify({ schedule, zone });
  const settled = useSettled(wanted, SETTLED_MS);
  const look = useQuery({
    queryKey: ["task-preview", settled],
    enabled: isSound && settled === wanted,
    retry: false,
    // Slots pass: what was seen a while ago is asked for again.
    gcTime: 0,
    queryFn: ({ signal }) =>
      api("POST /api/v1/task-previews", { body: JSON.parse(settled) as { schedule: Schedule; zone: string }, signal }),
  });
  const error = settled === wanted && isSound ? look.error : null;
  useEffect(() => onError(error), [error, onError]);
  const isToldAtInput =
    isApiError(error, "BAD_REQUEST") && Object.keys(error.fields).every((path) => inputs.includes(inputOf(path)));
  const isStale = settled !== wanted || !isSound;
  const answer = look.data;
  return (
    <section
      className={form.preview}
      aria-label={say("preview")}
      data-testid="task-preview"
      data-stale={isStale || look.isFetching}
    >
      <h2>{say("preview")}</h2>
      {(!isSound || isToldAtInput) && <div className="soft">{say("previewWrong")}</div>}
      <ErrorNotice error={isToldAtInput ? null : error} />
      {answer && isSound && !isToldAtInput && (
        <>
          <div data-testid="preview-words">
            <ScheduleText task={{ schedule, zone, words: answer.words }} />
          </div>
          <ol className={form.slots}>
            {answer.slots.map(({ at, local }) => (
              <li key={at} title={times.whole(at)} data-testid="preview-slot">
                <span>{local}</span>{" "}
                <span className="soft">{say("in", { time: format.span(Math.max(0, at - now)) })}</span>
              </li>
            ))}
          </ol>
          {answer.notes.map((note) => (
            <div key={note} className="notice warning" data-testid="preview-note">
              {taskProblemText(note, say) ?? note}
            </div>
          ))}
        </>
      )}
    </section>
  );
}

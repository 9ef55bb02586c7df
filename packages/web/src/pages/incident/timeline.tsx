import { Button, Textarea } from "@mantine/core";
import type { TimelineEntryView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { isSeverity } from "../../incidents/incident-state.ts";
import { noteIncidents } from "../../incidents/incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import styles from "./incident.module.css";

const TONES: Readonly<Partial<Record<TimelineEntryView["kind"], string>>> = {
  opened: "bad",
  reopened: "bad",
  escalated: "bad",
  resolved: "good",
  cleared: "good",
  failed: "bad",
};
const NOTE_MAX = 4_000;

interface TimelineProps {
  readonly incidentId: string;
  /** Oldest first. */
  readonly entries: readonly TimelineEntryView[];
}

/** What happened, newest first, and the field for a note. */
export function Timeline({ incidentId, entries }: TimelineProps) {
  const say = useAlertTexts();
  const format = useFormat();
  const mayWrite = useRight("incidents.write");
  return (
    <section className="stack">
      <h2>{say("page.timeline")}</h2>
      {mayWrite && <NoteField incidentId={incidentId} />}
      <ol className={styles.timeline} data-testid="incident-timeline">
        {entries.toReversed().map((entry, index) => (
          <li key={entries.length - index} data-kind={entry.kind} data-testid="timeline-entry">
            <time dateTime={new Date(entry.at).toISOString()} className="soft">
              {format.dateTime(entry.at)}
            </time>
            <span>
              <strong className={TONES[entry.kind]}>{say(`timeline.${entry.kind}`)}</strong>
              {entry.by !== "" && (
                <span className="soft">
                  {" · "}
                  <ForeignText text={entry.by} />
                </span>
              )}
              <Detail entry={entry} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Detail({ entry: { kind, detail } }: { readonly entry: TimelineEntryView }) {
  const say = useAlertTexts();
  const format = useFormat();
  if (detail === "") return null;
  // Two are told as data, so that they can be said in the language in use.
  const until = kind === "snoozed" ? Date.parse(detail) : Number.NaN;
  const text = !Number.isNaN(until)
    ? say("snoozedUntil", { time: format.dateTime(until) })
    : kind === "escalated" && isSeverity(detail)
      ? say(`severity.${detail}`)
      : detail;
  return (
    <div className={styles.detail}>
      <ForeignText text={text} />
    </div>
  );
}

function NoteField({ incidentId }: { readonly incidentId: string }) {
  const say = useAlertTexts();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => api("POST /api/v1/incidents/{id}/notes", { params: { id: incidentId }, body: { text } }),
    async onSuccess(incident) {
      setText("");
      noteIncidents({ whole: false, incidents: [incident] });
      await queries.invalidateQueries({ queryKey: ["incident", incidentId] });
    },
  });
  return (
    <form
      className={styles.note}
      onSubmit={(event) => {
        event.preventDefault();
        // Ctrl+Enter comes here as often as it is pressed, whatever the button looks like.
        if (text.trim() !== "" && !add.isPending) add.mutate();
      }}
    >
      <Textarea
        aria-label={say("page.note")}
        placeholder={say("page.notePlaceholder")}
        rows={2}
        maxLength={NOTE_MAX}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
        data-testid="note-text"
      />
      <ErrorNotice error={add.error} />
      <div>
        <Button
          type="submit"
          variant="default"
          disabled={text.trim() === ""}
          loading={add.isPending}
          data-testid="note-add"
        >
          {say("page.noteAdd")}
        </Button>
      </div>
    </form>
  );
}

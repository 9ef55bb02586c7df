import { Button, NativeSelect } from "@mantine/core";
import type { NotifierKindName } from "@muster/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import styles from "../../components/form-page.module.css";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import type { FieldDraft } from "../../probes/field-draft.ts";

/** Settings that say what is told. */
const TEMPLATES = ["titleTemplate", "textTemplate", "body"];
const OFFERED = 20;

interface NoticePreviewProps {
  readonly kind: NotifierKindName;
  readonly fields: FieldDraft;
  /** What the form tells of its inputs; nothing is shown while the texts are wrong. */
  readonly problems: Readonly<Record<string, string>>;
}

/** What the notifier of the form would tell: of an incident that is made up, or of one that there was. */
export function NoticePreview({ kind, fields, problems }: NoticePreviewProps) {
  const say = useAlertTexts();
  const mayRead = useRight("incidents.read");
  const [incident, setIncident] = useState("");
  const isWrong = TEMPLATES.some((name) => problems[`settings.${name}`] !== undefined);
  const settings = Object.fromEntries(
    TEMPLATES.flatMap((name) => {
      const text = fields[name];
      return typeof text === "string" ? [[name, text] as const] : [];
    }),
  );
  const shown = JSON.stringify([kind, settings, incident]);
  const recent = useQuery({
    queryKey: ["incidents", "to-preview"],
    queryFn: ({ signal }) => api("GET /api/v1/incidents", { query: { limit: OFFERED }, signal }),
    enabled: mayRead,
  });
  const look = useMutation({
    async mutationFn() {
      const body = { kind, settings, ...(incident !== "" && { incident }) };
      return { shown, ...(await api("POST /api/v1/notifier-previews", { body })) };
    },
  });
  const isStale = look.data !== undefined && look.data.shown !== shown;
  return (
    <section className="stack" aria-label={say("notifier.preview")} data-testid="notice-preview">
      <div className="row wrap">
        <Button
          variant="default"
          disabled={isWrong}
          loading={look.isPending}
          onClick={() => look.mutate()}
          data-testid="notice-preview-run"
        >
          {say("notifier.preview")}
        </Button>
        <NativeSelect
          size="xs"
          aria-label={say("notifier.previewOf")}
          value={incident}
          data={[
            { value: "", label: say("notifier.previewExample") },
            ...(recent.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title.slice(0, 60) })),
          ]}
          onChange={(event) => setIncident(event.currentTarget.value)}
          data-testid="notice-preview-of"
        />
      </div>
      <ErrorNotice error={look.error} />
      {isStale && !look.isPending && <div className="soft">{say("notifier.previewStale")}</div>}
      {!isStale &&
        look.data?.items.map((one) => (
          <div key={one.kind} className={styles.seen} data-testid="notice-previewed" data-kind={one.kind}>
            <div className="soft">{say(`notifier.previewKind.${one.kind as "opened" | "escalated" | "resolved"}`)}</div>
            {one.body === null ? (
              <div style={{ overflowWrap: "anywhere" }}>
                <strong>
                  <ForeignText text={one.title} />
                </strong>
                {one.lines.map((line, index) => (
                  <div key={index}>{line === "" ? "\u00a0" : <ForeignText text={line} />}</div>
                ))}
                {one.url !== null && <div className="soft">{one.url}</div>}
              </div>
            ) : (
              <div className="mono" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
                {one.body.split("\n").map((line, index) => (
                  <div key={index}>
                    <ForeignText text={line} />
                  </div>
                ))}
              </div>
            )}
            {one.isJson === false && <div className="warning">{say("notifier.previewNoJson")}</div>}
          </div>
        ))}
    </section>
  );
}

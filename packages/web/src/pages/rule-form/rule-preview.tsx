import { Button } from "@mantine/core";
import type { RuleDefinition } from "@muster/core";
import type { RouteAnswer, RouteInput } from "@muster/protocol";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Segments } from "../../components/segments.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { hubNow } from "../../live/live.ts";
import { PREVIEW_END_MS, PREVIEW_MS } from "./rule-draft.ts";
import styles from "./rule-form.module.css";

type Answer = RouteAnswer<"POST /api/v1/rule-previews">;
type Body = RouteInput<"POST /api/v1/rule-previews">["body"];

interface RulePreviewProps {
  readonly definition: RuleDefinition;
  readonly isSound: boolean;
  /** Shows what is wrong in the form. */
  readonly onTried: () => void;
  /** What the hub finds wrong with the rule is told at its inputs; null: nothing any more. */
  readonly onError: (error: unknown) => void;
  readonly inputs: readonly string[];
}

/** What the rule of the form would have done over the last day or week, by the stored samples. */
export function RulePreview({ definition, isSound, onTried, onError, inputs }: RulePreviewProps) {
  const say = useAlertTexts();
  const [span, setSpan] = useState<keyof typeof PREVIEW_MS>("day");
  const tried = JSON.stringify([definition, span]);
  const look = useMutation({
    async mutationFn() {
      const to = Math.floor(hubNow() - PREVIEW_END_MS);
      const from = to - PREVIEW_MS[span];
      const body = { rule: definition, from, to } as unknown as Body;
      return { tried, from, to, answer: await api("POST /api/v1/rule-previews", { body }) };
    },
    onError,
    onSuccess: () => onError(null),
  });
  const isStale = look.data !== undefined && look.data.tried !== tried;
  if (definition.condition.is !== "metric") return <div className="soft">{say("rule.previewOnlyMetric")}</div>;
  return (
    <section className="stack" aria-label={say("rule.preview")} data-testid="rule-preview">
      <div className="row wrap">
        <Button
          variant="default"
          loading={look.isPending}
          onClick={() => {
            onTried();
            if (isSound) look.mutate();
          }}
          data-testid="preview-run"
        >
          {say("rule.preview")}
        </Button>
        <Segments
          label={say("rule.preview")}
          value={span}
          options={(["day", "week"] as const).map((one) => ({ value: one, label: say(`rule.previewRange.${one}`) }))}
          onChange={setSpan}
          testId="preview-span"
        />
      </div>
      {look.data && isStale && !look.isPending && <div className="soft">{say("rule.previewStale")}</div>}
      {look.data && !isStale && <Found answer={look.data.answer} from={look.data.from} to={look.data.to} />}
      <ErrorNotice error={look.error} inputs={inputs} />
    </section>
  );
}

function Found({ answer, from, to }: { readonly answer: Answer; readonly from: number; readonly to: number }) {
  const say = useAlertTexts();
  const format = useFormat();
  const { incidents, count, seriesCount, stepMs } = answer;
  const place = (at: number): number => ((Math.min(to, Math.max(from, at)) - from) / (to - from)) * 100;
  return (
    <div className="stack" role="status" data-testid="preview-found" data-count={count}>
      <div>
        <strong>{count === 0 ? say("rule.previewNone") : say("rule.previewCount", { count })}</strong>{" "}
        <span className="soft">
          {seriesCount === 0
            ? say("rule.previewNoSeries")
            : say("rule.previewOf", { count: seriesCount, step: format.span(stepMs) })}
        </span>
      </div>
      {count > 0 && (
        <>
          <div className={styles.strip} aria-hidden>
            {incidents.map(({ openedAt, resolvedAt, severity }, index) => (
              <i
                key={index}
                data-severity={severity}
                style={{ left: `${place(openedAt)}%`, width: `${place(resolvedAt ?? to) - place(openedAt)}%` }}
              />
            ))}
          </div>
          <ul className={styles.found} tabIndex={0} aria-label={say("rule.preview")}>
            {incidents.map(({ title, severity, openedAt, resolvedAt }, index) => (
              <li key={index} data-testid="preview-incident">
                <SeverityMark severity={severity} word="hidden" />
                <span>
                  <ForeignText text={title} />
                </span>
                <span className="soft">
                  {format.dateTime(openedAt)} ·{" "}
                  {resolvedAt === null ? say("rule.previewGoesOn") : format.duration(resolvedAt - openedAt)}
                </span>
              </li>
            ))}
          </ul>
          {incidents.length < count && (
            <div className="soft">{say("rule.previewListed", { count: incidents.length })}</div>
          )}
        </>
      )}
    </div>
  );
}

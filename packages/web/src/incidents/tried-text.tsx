import type { RouteAnswer } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

interface TriedTextProps {
  readonly tried: RouteAnswer<"POST /api/v1/notifiers/{id}/test">;
  readonly testId: string;
}

/** What came of one message that was sent past everything that waits. */
export function TriedText({ tried: { outcome, detail, tookMs }, testId }: TriedTextProps) {
  const say = useAlertTexts();
  const format = useFormat();
  return (
    <span className={outcome === "sent" ? "good" : "bad"} role="status" data-testid={testId} data-outcome={outcome}>
      {say(outcome === "sent" ? "notifier.taken" : "notifier.notTaken", { time: format.milliseconds(tookMs) })}{" "}
      <ForeignText text={detail} />
    </span>
  );
}

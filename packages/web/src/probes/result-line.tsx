import type { ProbeResultView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import { HealthMark } from "../components/service-mark.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { shortTime } from "./report-value.ts";

/** What one look came to: health, how long the answer took, and the sentence that says why. */
export function ResultLine({ result, testId }: { readonly result: ProbeResultView; readonly testId: string }) {
  const format = useFormat();
  return (
    <div role="status" data-testid={testId} data-health={result.health}>
      <div className="row wrap">
        <HealthMark health={result.health} />
        {result.tookMs !== null && <span>{shortTime(result.tookMs, format)}</span>}
        <span className={result.health === "healthy" ? "soft" : undefined}>
          <ForeignText text={result.detail} />
        </span>
      </div>
    </div>
  );
}

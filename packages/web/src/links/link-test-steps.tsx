import { IconCheck, IconX } from "@tabler/icons-react";
import type { LinkTest } from "@muster/protocol";
import type { TFunction } from "i18next";
import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

/** A step that a newer hub has made up is called as the hub calls it. */
const stepName = (step: string, say: TFunction<"links">): string =>
  say(`test.step_${step as "read"}`, { defaultValue: step });

/** Every step on the way to a server, with what came of it. */
export function LinkTestSteps({ result }: { readonly result: LinkTest }) {
  const say = useLinkTexts();
  const stuck = result.steps.find(({ ok }) => !ok);
  // The first look at a server ends there, as it should.
  const isKeyMissing = stuck?.step === "host-key" && result.hostKey !== null;
  return (
    <div className="stack" style={{ gap: 8 }} data-testid="link-test" data-ok={result.ok}>
      <ol className={styles.steps} aria-label={say("test.title")}>
        {result.steps.map(({ step, ok, detail }, index) => (
          <li key={index} className={styles.step} data-testid="link-step" data-step={step} data-ok={ok}>
            {ok ? (
              <IconCheck size={16} className="good" role="img" aria-label={say("test.good")} />
            ) : (
              <IconX size={16} className="bad" role="img" aria-label={say("test.bad")} />
            )}
            <span>{stepName(step, say)}</span>
            <span className={`${styles.detail} ${ok ? "soft" : ""}`}>
              <ForeignText text={detail} />
            </span>
          </li>
        ))}
      </ol>
      {stuck === undefined ? (
        <div role="status" className="good">
          {say("test.passed")}
        </div>
      ) : (
        <div role="status" className={isKeyMissing ? "warning" : "bad"}>
          {isKeyMissing ? say("test.hostKey") : say("test.failed", { step: stepName(stuck.step, say) })}
        </div>
      )}
      {result.adapter !== null && (
        <div data-testid="link-found">{say("test.found", { kind: say(`pull.kind_${result.adapter}`) })}</div>
      )}
    </div>
  );
}

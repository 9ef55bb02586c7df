import type { ReactNode } from "react";
import { CopyLine } from "../components/copy-line.tsx";
import type { DialLines, DialRun } from "./dial-lines.ts";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

/** The way of a program to a server and of its agent into the fleet, one line after the other. */
export function DialSteps({ lines, run }: { readonly lines: DialLines; readonly run: DialRun }) {
  const say = useLinkTexts();
  const { copy, install, certificate, start } = lines;
  const steps: readonly (readonly [string, ReactNode, string | undefined])[] = [
    [
      "copy",
      <>
        <a href="/agent/agent.mjs" download="agent.mjs" data-testid="dial-download">
          {say("dial.download")}
        </a>{" "}
        {say("dial.copy")}
      </>,
      copy,
    ],
    ["install", say("dial.install"), install],
    ["certificate", say("dial.certificate"), certificate],
    ["start", say(`dial.start_${run}`), start],
  ];
  return (
    <ol className={styles.lines}>
      {steps.map(
        ([step, text, line]) =>
          line !== undefined && (
            <li key={step} className={styles.line}>
              <div>{text}</div>
              <CopyLine text={line} testId={`dial-${step}`} />
            </li>
          ),
      )}
    </ol>
  );
}

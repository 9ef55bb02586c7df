import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserClock } from "../browser/clock.ts";
import styles from "./copy-line.module.css";

const SHOWN_MS = 2_000;

/** A line to take elsewhere, with a button that copies it. Without a clipboard (plain HTTP) it selects the line. */
export function CopyLine({ text, testId }: { readonly text: string; readonly testId: string }) {
  const { t } = useTranslation();
  const line = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = browserClock.after(SHOWN_MS, () => setCopied(false));
    return () => timer.cancel();
  }, [copied]);
  const select = (): void => {
    if (line.current) getSelection()?.selectAllChildren(line.current);
  };
  const copy = (): void => {
    // The clipboard exists only in secure contexts.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (!clipboard) return select();
    clipboard.writeText(text).then(() => setCopied(true), select);
  };
  return (
    <div className={styles.line}>
      <code ref={line} className={styles.text} data-testid={testId}>
        {text}
      </code>
      <Button
        variant="default"
        leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        onClick={copy}
        data-testid="copy"
      >
        {t(copied ? "common.copied" : "common.copy")}
      </Button>
    </div>
  );
}

import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserClock } from "../browser/clock.ts";

const SHOWN_MS = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** What happens where there is no clipboard (plain HTTP) or it refuses: the text is selected. */
  readonly onSelect: () => void;
  readonly size?: "compact-xs";
}

/** Takes a text elsewhere, and says for a moment that it did. */
export function CopyButton({ text, onSelect, size }: CopyButtonProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = browserClock.after(SHOWN_MS, () => setCopied(false));
    return () => timer.cancel();
  }, [copied]);
  const copy = (): void => {
    // The clipboard exists only in secure contexts.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (!clipboard) return onSelect();
    clipboard.writeText(text).then(() => setCopied(true), onSelect);
  };
  return (
    <Button
      variant="default"
      {...(size !== undefined && { size })}
      leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      onClick={copy}
      data-testid="copy"
    >
      {t(copied ? "common.copied" : "common.copy")}
    </Button>
  );
}

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "./dialog.tsx";
import { ErrorNotice } from "./error-notice.tsx";

interface TypedConfirmProps {
  readonly title: string;
  readonly text: ReactNode;
  /** What has to be typed; without it one click is enough. */
  readonly word?: string;
  /** How it is asked for; by default as the name of something. */
  readonly wordLabel?: string;
  readonly action: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone, and says what will happen. */
export function TypedConfirm({
  title,
  text,
  word,
  wordLabel,
  action,
  busy,
  error,
  onConfirm,
  onClose,
}: TypedConfirmProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const ready = word === undefined || typed === word;
  return (
    <Dialog onClose={onClose} title={title} testId="confirm">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onConfirm();
        }}
      >
        <div>{text}</div>
        {word !== undefined && (
          <TextInput
            label={wordLabel ?? t("settings.typeName", { name: word })}
            value={typed}
            autoComplete="off"
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-testid="confirm-word"
          />
        )}
        <ErrorNotice error={error} />
        <div className="row">
          <Button type="submit" color="red" disabled={!ready} loading={busy} data-testid="confirm-submit">
            {action}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

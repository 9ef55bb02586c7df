import { Button, PasswordInput } from "@mantine/core";
import { useId } from "react";
import { KEPT_SECRET } from "./link-draft.ts";
import type { SecretDraft } from "./link-draft.ts";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

interface SecretFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly secret: SecretDraft;
  /** Whether the hub keeps one that would be forgotten or go on being used. */
  readonly kept: "none" | "kept" | "forgotten";
  readonly error: string | undefined;
  readonly disabled: boolean;
  readonly onChange: (secret: SecretDraft) => void;
}

/** A secret that can be set, replaced and removed, and never read again. */
export function SecretField({ label, hint, secret, kept, error, disabled, onChange }: SecretFieldProps) {
  const say = useLinkTexts();
  const id = useId();
  const isTyped = secret.is === "set" || kept !== "kept";
  if (isTyped)
    return (
      <div className={styles.group}>
        <PasswordInput
          className={styles.wide}
          label={label}
          // The button that was pressed to replace it is gone.
          autoFocus={kept === "kept"}
          description={kept === "forgotten" ? say("secret.forgotten") : hint}
          autoComplete="new-password"
          value={secret.is === "set" ? secret.text : ""}
          disabled={disabled}
          error={error}
          maxLength={4_096}
          onChange={(event) => onChange({ is: "set", text: event.currentTarget.value })}
          data-testid="link-secret"
        />
        {kept === "kept" && (
          <Button variant="subtle" onClick={() => onChange(KEPT_SECRET)} data-testid="secret-keep">
            {say("secret.keep")}
          </Button>
        )}
      </div>
    );
  return (
    <div className={styles.group} role="group" aria-labelledby={id}>
      <div id={id} className="mantine-InputWrapper-label">
        {label}
      </div>
      <div className="row wrap">
        <span
          className={secret.is === "removed" ? "warning" : "soft"}
          data-testid="secret-state"
          data-state={secret.is}
        >
          {say(secret.is === "removed" ? "secret.removed" : "secret.set")}
        </span>
        {!disabled && (
          <Button variant="default" onClick={() => onChange({ is: "set", text: "" })} data-testid="secret-replace">
            {say("secret.replace")}
          </Button>
        )}
        {!disabled && (
          <Button
            variant="default"
            onClick={() => onChange(secret.is === "removed" ? KEPT_SECRET : { is: "removed" })}
            data-testid="secret-remove"
          >
            {say(secret.is === "removed" ? "secret.keep" : "secret.remove")}
          </Button>
        )}
      </div>
    </div>
  );
}

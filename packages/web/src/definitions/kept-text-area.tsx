import { Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

interface KeptTextAreaProps<T> {
  readonly label: string;
  readonly description?: string;
  readonly value: T;
  readonly toText: (value: T) => string;
  /** Undefined for a text that is none yet; the value then stays. */
  readonly toValue: (text: string) => { readonly value: T } | undefined;
  readonly onChange: (value: T) => void;
  readonly onText?: (state: "sound" | "wrong") => void;
  readonly error?: string | undefined;
  readonly rows: number;
  readonly disabled?: boolean;
  readonly testId: string;
}

/** A value edited as text: what is typed stays as typed, and follows only when the value changes elsewhere. */
export function KeptTextArea<T>(props: KeptTextAreaProps<T>) {
  const { label, description, value, toText, toValue, onChange, onText, error, rows, disabled = false, testId } = props;
  const [text, setText] = useState(() => toText(value));
  const told = useRef(JSON.stringify(value));
  const current = JSON.stringify(value);
  useEffect(() => {
    if (current === told.current) return;
    told.current = current;
    setText(toText(value));
    onText?.("sound");
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only another value is a reason to write the text anew
  }, [current]);
  return (
    <Textarea
      label={label}
      description={description}
      value={text}
      rows={rows}
      autosize={false}
      disabled={disabled}
      error={error}
      spellCheck={false}
      classNames={{ input: "mono" }}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        const read = toValue(next);
        onText?.(read ? "sound" : "wrong");
        if (!read) return;
        told.current = JSON.stringify(read.value);
        onChange(read.value);
      }}
      data-testid={testId}
    />
  );
}

import { Checkbox, TextInput } from "@mantine/core";
import { useId, useState } from "react";
import { naturalOrder } from "../fleet/compare-rows.ts";
import { keepFormOpen } from "./keep-form-open.ts";
import { ForeignText } from "./foreign-text.tsx";
import styles from "./pick-list.module.css";

export interface PickOption {
  readonly value: string;
  readonly label: string;
}

interface PickListProps {
  readonly label: string;
  readonly hint?: string;
  /** What the field is called by which a long list is searched. */
  readonly find?: string;
  readonly options: readonly PickOption[];
  readonly picked: readonly string[];
  readonly error?: string | undefined;
  readonly onPicked: (values: readonly string[]) => void;
  readonly testId: string;
}

/** From so many on they are searched. */
const SEARCHED_FROM = 9;
/** So many are shown at once; the others are found by searching. */
const SHOWN_MAX = 60;

/** Any of some things, each with a box to tick. What is picked stands first; what is not known any more stays until it is let go of. */
export function PickList({ label, hint, find, options, picked, error, onPicked, testId }: PickListProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [first] = useState(picked);
  const known = new Set(options.map(({ value }) => value));
  const all = [
    ...[...new Set([...first, ...picked])]
      .filter((value) => !known.has(value))
      .map((value) => ({ value, label: value })),
    ...options.toSorted((a, b) => naturalOrder.compare(a.label, b.label)),
  ];
  const wanted = text.trim().toLocaleLowerCase();
  const shown = all
    // What was picked at first stands first, and keeps its place while somebody ticks others.
    .toSorted((a, b) => Number(first.includes(b.value)) - Number(first.includes(a.value)))
    .filter(({ label: one }) => one.toLocaleLowerCase().includes(wanted))
    .slice(0, SHOWN_MAX);
  const toggle = (value: string): void =>
    onPicked(picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value]);
  return (
    <div className={styles.field} role="group" aria-labelledby={id} data-testid={testId}>
      <div id={id} className="mantine-InputWrapper-label">
        {label}
        {picked.length > 0 && <span className="soft"> · {picked.length}</span>}
      </div>
      {hint !== undefined && <div className={styles.hint}>{hint}</div>}
      {options.length >= SEARCHED_FROM && (
        <TextInput
          size="xs"
          aria-label={find ?? label}
          placeholder={find ?? label}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={keepFormOpen}
          data-testid={`${testId}-find`}
        />
      )}
      <div className={styles.list}>
        {shown.map(({ value, label: one }) => (
          <Checkbox
            key={value}
            size="xs"
            label={<ForeignText text={one} />}
            checked={picked.includes(value)}
            // One of them takes the focus.
            aria-invalid={error !== undefined && value === shown[0]?.value}
            onChange={() => toggle(value)}
            data-testid={`${testId}-${value}`}
          />
        ))}
      </div>
      {error !== undefined && (
        <div className={styles.error} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}

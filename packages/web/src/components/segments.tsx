import { UnstyledButton } from "@mantine/core";
import styles from "./segments.module.css";

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T | undefined;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  readonly testId?: string;
}

/** A choice of one of a few, all in sight. */
export function Segments<T extends string>({ label, value, options, onChange, testId }: SegmentsProps<T>) {
  return (
    <div className={styles.segments} role="group" aria-label={label} data-testid={testId}>
      {options.map((option) => (
        <UnstyledButton
          key={option.value}
          className={styles.segment}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          data-value={option.value}
        >
          {option.label}
        </UnstyledButton>
      ))}
    </div>
  );
}

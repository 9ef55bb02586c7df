import { NativeSelect } from "@mantine/core";
import { fieldOf, withField } from "../fleet/filter.ts";
import list from "./list.module.css";

interface FieldChoiceProps {
  /** The word before the colon in the filter. */
  readonly field: string;
  readonly label: string;
  readonly any: string;
  readonly values: readonly (readonly [value: string, label: string])[];
  readonly filter: string;
  readonly onFilter: (text: string) => void;
  readonly testId: string;
}

/** One of the words of a list's filter, picked from those that there are. */
export function FieldChoice({ field, label, any, values, filter, onFilter, testId }: FieldChoiceProps) {
  const picked = fieldOf(filter, field);
  const value = values.find(([one]) => one.toLowerCase() === picked?.toLowerCase())?.[0] ?? "";
  return (
    <NativeSelect
      className={list.choice}
      size="xs"
      aria-label={label}
      value={value}
      data={[{ value: "", label: any }, ...values.map(([one, text]) => ({ value: one, label: text }))]}
      onChange={(event) => onFilter(withField(filter, field, event.currentTarget.value || undefined))}
      data-testid={testId}
    />
  );
}

import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { ProbeField, ProbeFields as Fields } from "@muster/core";
import { parseNumber } from "../components/parse-number.ts";
import type { Format } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import type { FieldDraft } from "./field-draft.ts";
import { Folded } from "../components/folded.tsx";
import type { FieldName } from "./texts/names.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** How fields and their choices are called. */
export interface FieldNaming {
  readonly field: (kind: string, field: string) => FieldName;
  readonly choice: (field: string, value: string) => string;
}

interface ProbeFieldsProps {
  readonly kind: string;
  readonly naming: FieldNaming;
  readonly fields: Fields;
  readonly draft: FieldDraft;
  /** By input, with `under` and a dot before the name of the field. */
  readonly errors: Readonly<Record<string, string>>;
  readonly under: "settings" | "arguments";
  readonly disabled?: boolean;
  readonly onChange: (draft: FieldDraft) => void;
}

/** Inputs made from what a kind or an act says of its fields; those that hardly anybody needs are folded away. */
export function ProbeFields(props: ProbeFieldsProps) {
  const { fields, errors, under } = props;
  const say = useProbeTexts();
  const entries = Object.entries(fields);
  const further = entries.filter(([, field]) => field.further === true);
  const input = ([name, field]: readonly [string, ProbeField]) => (
    <FieldInput key={name} {...props} name={name} field={field} error={errors[`${under}.${name}`]} />
  );
  return (
    <>
      {entries.filter(([, field]) => field.further !== true).map(input)}
      {further.length > 0 && (
        <Folded
          title={say("form.further")}
          isWrong={further.some(([name]) => errors[`${under}.${name}`] !== undefined)}
          testId="probe-further"
        >
          {further.map(input)}
        </Folded>
      )}
    </>
  );
}

interface FieldInputProps extends ProbeFieldsProps {
  readonly name: string;
  readonly field: ProbeField;
  readonly error: string | undefined;
}

function FieldInput({ kind, naming, name, field, draft, error, disabled = false, onChange }: FieldInputProps) {
  const say = useProbeTexts();
  const format = useFormat();
  const [label, hint] = naming.field(kind, name);
  const value = draft[name];
  const text = typeof value === "string" ? value : "";
  const change = (next: string | boolean): void => onChange({ ...draft, [name]: next });
  const shared = { label, description: hint, error, disabled, "data-testid": `field-${name}` };
  switch (field.is) {
    case "flag":
      return (
        <Checkbox {...shared} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />
      );
    case "choice":
      return (
        <NativeSelect
          {...shared}
          value={text}
          data={field.of.map((one) => ({ value: one, label: naming.choice(name, one) }))}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case "number": {
      const unit = field.unit === "port" || field.unit === "count" ? "" : say(`unit.${field.unit}`);
      const meaning = meaningOf(field.unit, text, format);
      return (
        <TextInput
          {...shared}
          description={
            meaning === undefined
              ? hint
              : `${hint === undefined ? "" : `${hint} · `}${say("form.means", { value: meaning })}`
          }
          inputMode="decimal"
          autoComplete="off"
          placeholder={String(field.unit === "ratio" ? field.default * 100 : field.default)}
          value={text}
          rightSectionWidth={unit.length > 3 ? 52 : 34}
          rightSection={unit === "" ? undefined : <span className="soft">{unit}</span>}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    }
    case "lines":
      return (
        <Textarea
          {...shared}
          description={hint ?? say("form.linesHint", { count: field.itemsMax })}
          classNames={{ input: "mono" }}
          rows={3}
          spellCheck={false}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case "text":
      return field.block === true ? (
        <Textarea
          {...shared}
          classNames={{ input: "mono" }}
          rows={4}
          spellCheck={false}
          maxLength={field.charactersMax}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          {...shared}
          maxLength={field.charactersMax}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
  }
}

/** From so many seconds on nobody reads a number of seconds. */
const LONG_SECONDS = 120;

/** What a large number comes to; undefined where the number itself says it. */
function meaningOf(unit: string, text: string, format: Format): string | undefined {
  const number = parseNumber(text);
  if (!Number.isFinite(number)) return undefined;
  if (unit === "seconds" && number >= LONG_SECONDS) return format.span(number * 1_000);
  if (unit === "milliseconds" && number >= LONG_SECONDS * 1_000) return format.span(number);
  return unit === "bytes" && number >= 1_024 ? format.bytes(number) : undefined;
}

import { TextInput } from "@mantine/core";
import { SEVERITIES } from "@muster/core";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import type { LevelsDraft } from "./rule-draft.ts";
import styles from "./rule-form.module.css";

interface LevelsFieldProps {
  readonly levels: LevelsDraft;
  /** In which they are typed. */
  readonly unit: string;
  /** By input; `input` with a dot and the severity for one of them. */
  readonly errors: Readonly<Record<string, string>>;
  readonly input: string;
  readonly label: string;
  readonly onChange: (levels: LevelsDraft) => void;
}

/** From which number on it is how bad: a field for each severity, empty where there is no such level. */
export function LevelsField({ levels, unit, errors, input, label, onChange }: LevelsFieldProps) {
  const say = useAlertTexts();
  const isWrong = errors[input] !== undefined;
  return (
    <div role="group" aria-label={label} data-testid={`levels-${input}`}>
      <div className={styles.levels}>
        {SEVERITIES.map((severity, index) => (
          <TextInput
            key={severity}
            label={<SeverityMark severity={severity} />}
            inputMode="decimal"
            autoComplete="off"
            value={levels[severity]}
            // One of them takes the focus where all together are wrong.
            error={errors[`${input}.${severity}`] ?? (isWrong && index === 0)}
            rightSectionWidth={unit.length > 3 ? 62 : 38}
            rightSection={unit === "" ? undefined : <span className="soft">{unit}</span>}
            onChange={(event) => onChange({ ...levels, [severity]: event.currentTarget.value })}
            data-testid={`level-${severity}`}
          />
        ))}
      </div>
      <div className={isWrong ? styles.wrong : styles.hint} role={isWrong ? "alert" : undefined}>
        {errors[input] ?? say("rule.levelsHint")}
      </div>
    </div>
  );
}

import { Button, CloseButton, PasswordInput, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./definitions.module.css";

/** New values by the name of the variable; those that are not in it stay as the server has them. */
export type SecretValues = Readonly<Record<string, string>>;

interface SecretsFieldProps {
  readonly names: unknown;
  readonly values: SecretValues;
  readonly problem: string | undefined;
  readonly onNames: (names: readonly string[] | undefined) => void;
  readonly onValues: (values: SecretValues) => void;
}

/** Variables whose values can be set and never read: the server keeps them, and tells nobody. */
export function SecretsField({ names: told, values, problem, onNames, onValues }: SecretsFieldProps) {
  const { t } = useTranslation();
  const names = Array.isArray(told) ? told.filter((one): one is string => typeof one === "string") : [];
  const write = (next: readonly string[]): void => onNames(next.length === 0 ? undefined : next);
  const without = (name: string): SecretValues =>
    Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
  return (
    <div className={styles.secrets}>
      <div className="mantine-InputWrapper-label">{t("define.secrets")}</div>
      <div className="soft">{t("define.secretsHint")}</div>
      {names.map((name, index) => (
        <div key={index} className={styles.secret}>
          <TextInput
            aria-label={t("define.secretName")}
            placeholder={t("define.secretName")}
            value={name}
            spellCheck={false}
            onChange={(event) => {
              const next = event.currentTarget.value;
              write(names.map((other, place) => (place === index ? next : other)));
              if (values[name] !== undefined) onValues({ ...without(name), [next]: values[name] });
            }}
          />
          <PasswordInput
            aria-label={t("define.secretValue", { name })}
            placeholder={t("define.secretKept")}
            autoComplete="new-password"
            value={values[name] ?? ""}
            onChange={(event) => {
              const next = event.currentTarget.value;
              onValues(next === "" ? without(name) : { ...values, [name]: next });
            }}
            data-testid="define-secret"
          />
          <CloseButton
            aria-label={t("compare.remove", { name })}
            onClick={() => {
              write(names.filter((_other, place) => place !== index));
              onValues(without(name));
            }}
          />
        </div>
      ))}
      {problem !== undefined && <div className="bad">{problem}</div>}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => write([...names, ""])}
          data-testid="define-secret-add"
        >
          {t("define.addSecret")}
        </Button>
      </div>
    </div>
  );
}

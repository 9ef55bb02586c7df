import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import {
  argumentLines,
  msToSeconds,
  portList,
  secondsToMs,
  variableLines,
  wholeNumber,
  wordList,
} from "./definition-fields.ts";
import styles from "./definitions.module.css";
import { KeptTextArea } from "./kept-text-area.tsx";
import { SecretsField } from "./secrets-field.tsx";
import type { SecretValues } from "./secrets-field.tsx";
import { readAt, writeAt } from "./tree.ts";
import type { Tree } from "./tree.ts";

interface DefinitionFormProps {
  readonly tree: Tree;
  /** What is wrong, by path. */
  readonly problems: ReadonlyMap<string, string>;
  readonly isNew: boolean;
  readonly secrets: SecretValues;
  readonly onTree: (tree: Tree) => void;
  readonly onSecrets: (secrets: SecretValues) => void;
}

const RESTARTS = ["on-failure", "always", "on-unhealthy", "never"] as const;
const SIGNALS = ["", "TERM", "INT", "HUP", "QUIT", "USR1", "KILL"];

/** Inputs side by side begin at one height, whichever of them has a hint. */
const HINT_BELOW: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

/** The common fields of a definition. What has none here is in the advanced view, which shows the same thing. */
export function DefinitionForm({ tree, problems, isNew, secrets, onTree, onSecrets }: DefinitionFormProps) {
  const { t } = useTranslation();
  const text = (path: string): string => String(readAt(tree, path) ?? "");
  const write = (path: string, value: unknown): void => onTree(writeAt(tree, path, value));
  const input = (path: string, label: string, description?: string) => (
    <TextInput
      label={label}
      {...(description !== undefined && { description })}
      inputWrapperOrder={HINT_BELOW}
      value={text(path)}
      error={problems.get(path)}
      onChange={(event) => write(path, event.currentTarget.value || undefined)}
      spellCheck={false}
      data-testid={`define-${path}`}
    />
  );
  const area = (path: string, label: string, form: typeof argumentLines, rows: number, description?: string) => (
    <KeptTextArea
      label={label}
      {...(description !== undefined && { description })}
      value={readAt(tree, path)}
      toText={form.toText}
      toValue={form.toValue}
      onChange={(value) => write(path, value)}
      error={problems.get(path)}
      rows={rows}
      testId={`define-${path}`}
    />
  );
  const isTmux = tree["driver"] === "tmux";
  return (
    <div className={styles.form}>
      <div className={styles.pair}>
        {isNew && (
          <NativeSelect
            label={t("define.driver")}
            data={["process", "tmux"]}
            value={text("driver")}
            onChange={(event) => write("driver", event.currentTarget.value)}
            data-testid="define-driver"
          />
        )}
        {isNew && input("name", t("define.name"))}
        {input("kind", t("define.kind"), t("define.kindHint"))}
        {input("description", t("define.description"))}
      </div>
      {area("command", t("define.command"), argumentLines, 4, t("define.commandHint"))}
      <div className={styles.pair}>
        {input("directory", t("define.directory"))}
        {input("user", t("define.user"), t("define.userHint"))}
      </div>
      {area("environment", t("define.environment"), variableLines, 4, t("define.environmentHint"))}
      <SecretsField
        names={readAt(tree, "secrets")}
        values={secrets}
        problem={problems.get("secrets")}
        onNames={(names) => write("secrets", names)}
        onValues={onSecrets}
      />
      <div className={styles.pair}>
        {area("ports", t("define.ports"), portList, 1)}
        {area("dependsOn", t("define.dependsOn"), wordList, 1)}
        {area("urls", t("define.urls"), wordList, 2)}
      </div>
      <h2>{t("define.restart")}</h2>
      <div className={styles.pair}>
        <NativeSelect
          label={t("define.when")}
          data={RESTARTS.map((value) => ({ value, label: t(`define.when_${value}`) }))}
          value={text("restart.when") || "on-failure"}
          error={problems.get("restart.when")}
          onChange={(event) => write("restart.when", event.currentTarget.value)}
          data-testid="define-restart.when"
        />
        <TextInput
          label={t("define.restartsMax")}
          inputMode="numeric"
          placeholder="10"
          value={text("restart.restartsMax")}
          error={problems.get("restart.restartsMax")}
          onChange={(event) => write("restart.restartsMax", wholeNumber(event.currentTarget.value))}
          data-testid="define-restart.restartsMax"
        />
        <Seconds path="restart.delayMs" label={t("define.delay")} placeholder="0" {...{ tree, problems, write }} />
      </div>
      <h2>{t("define.stop")}</h2>
      <div className={styles.pair}>
        <NativeSelect
          label={t("define.signal")}
          data={SIGNALS.map((value) => ({ value, label: value === "" ? "TERM" : value })).slice(1)}
          value={text("stop.signal") || "TERM"}
          onChange={(event) => write("stop.signal", event.currentTarget.value)}
        />
        <Seconds path="stop.graceMs" label={t("define.grace")} placeholder="10" {...{ tree, problems, write }} />
        {isTmux && input("stop.keys", t("define.keys"), t("define.keysHint"))}
      </div>
      <Checkbox
        label={t("define.autostart")}
        checked={readAt(tree, "autostart") !== false}
        onChange={(event) => write("autostart", event.currentTarget.checked)}
      />
    </div>
  );
}

interface SecondsProps {
  readonly path: string;
  readonly label: string;
  readonly placeholder: string;
  readonly tree: Tree;
  readonly problems: ReadonlyMap<string, string>;
  readonly write: (path: string, value: unknown) => void;
}

function Seconds({ path, label, placeholder, tree, problems, write }: SecondsProps) {
  return (
    <TextInput
      label={label}
      inputMode="decimal"
      placeholder={placeholder}
      value={msToSeconds(readAt(tree, path))}
      error={problems.get(path)}
      onChange={(event) => write(path, secondsToMs(event.currentTarget.value))}
      data-testid={`define-${path}`}
    />
  );
}

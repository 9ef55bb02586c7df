import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Segments } from "../components/segments.tsx";
import { DefinitionForm } from "./definition-form.tsx";
import styles from "./definitions.module.css";
import { KeptTextArea } from "./kept-text-area.tsx";
import { parseDefinition, problemsByPath } from "./parse-definition.ts";
import { SaveDialog } from "./save-dialog.tsx";
import type { SecretValues } from "./secrets-field.tsx";
import { isTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

interface DefinitionEditorProps {
  readonly serverId: string;
  readonly server: string;
  /** What is in force; undefined for one that is made. */
  readonly before: Tree | undefined;
  readonly first: Tree;
}

const asText = (tree: Tree): string => JSON.stringify(tree, null, 2);

/** Makes or changes a definition: as a form, or whole as JSON, which are two looks at the same. */
export function DefinitionEditor({ serverId, server, before, first }: DefinitionEditorProps) {
  const { t } = useTranslation();
  const [tree, setTree] = useState(first);
  const [secrets, setSecrets] = useState<SecretValues>({});
  const [look, setLook] = useState<"form" | "json">("form");
  const [json, setJson] = useState<"sound" | "wrong">("sound");
  const [saving, setSaving] = useState<"closed" | "open">("closed");
  // A form that has just been opened is not full of faults yet.
  const [isTouched, setTouched] = useState(before !== undefined);
  const parsed = useMemo(() => parseDefinition(tree), [tree]);
  const problems = useMemo(
    () => (parsed.ok || !isTouched ? new Map<string, string>() : problemsByPath(parsed.problems)),
    [parsed, isTouched],
  );
  const isChanged = before === undefined || asText(before) !== asText(tree) || Object.keys(secrets).length > 0;
  return (
    <div className="stack" data-testid="definition-editor">
      <div>
        <Segments
          label={t("define.look")}
          value={look}
          options={[
            { value: "form", label: t("define.form") },
            { value: "json", label: t("define.json") },
          ]}
          onChange={setLook}
          testId="define-look"
        />
      </div>
      {look === "form" ? (
        <DefinitionForm
          tree={tree}
          problems={problems}
          isNew={before === undefined}
          secrets={secrets}
          onTree={setTree}
          onSecrets={setSecrets}
        />
      ) : (
        <KeptTextArea
          label={t("define.json")}
          description={t("define.jsonHint")}
          value={tree}
          toText={asText}
          toValue={(text) => {
            try {
              const value: unknown = JSON.parse(text);
              return isTree(value) ? { value } : undefined;
            } catch {
              return undefined;
            }
          }}
          onChange={setTree}
          onText={setJson}
          error={json === "wrong" ? t("define.jsonWrong") : undefined}
          rows={26}
          testId="define-json"
        />
      )}
      {problems.size > 0 && (
        <ul className={styles.problems} data-testid="define-problems">
          {[...problems].map(([path, message]) => (
            <li key={path}>
              <span className="mono">{path}</span> <span className="bad">{message}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="row">
        <Button
          disabled={!isChanged || json === "wrong" || (isTouched && !parsed.ok)}
          onClick={() => {
            setTouched(true);
            if (parsed.ok) setSaving("open");
          }}
          data-testid="define-review"
        >
          {t("define.review")}
        </Button>
        {!isChanged && <span className="soft">{t("define.unchanged")}</span>}
      </div>
      {saving === "open" && (
        <SaveDialog
          serverId={serverId}
          server={server}
          before={before === undefined ? "" : asText(before)}
          tree={tree}
          secrets={secrets}
          onClose={(saved) => {
            setSaving("closed");
            if (saved === "saved") setSecrets({});
          }}
        />
      )}
    </div>
  );
}

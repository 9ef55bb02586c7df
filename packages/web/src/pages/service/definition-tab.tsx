import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { DefinitionEditor } from "../../definitions/definition-editor.tsx";
import styles from "../../definitions/definitions.module.css";
import { OutcomeLine } from "../../definitions/outcome-line.tsx";
import { useShownService } from "./service-context.ts";

/** What the server was told to run under this name, and the way to change it where it was told by the hub. */
export function DefinitionTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const { serverId, server, name } = service;
  const driver = service.driver === "tmux" ? "tmux" : "process";
  const mayDefine = useRight("actions.dangerous");
  const queries = useQueryClient();
  const [mode, setMode] = useState<"view" | "edit">("view");
  const [confirm, setConfirm] = useState<"closed" | "open">("closed");
  const definitions = useQuery({
    queryKey: ["definitions", serverId],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/definitions", { params: { id: serverId }, signal }),
  });
  const remove = useMutation({
    mutationFn: () =>
      api("DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", { params: { id: serverId, driver, name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["definitions", serverId] }),
    onSettled: () => setConfirm("closed"),
  });
  const mine = definitions.data?.items.find(
    ({ definition }) => definition["name"] === name && definition["driver"] === service.driver,
  );
  if (!definitions.data)
    return definitions.error ? <ErrorNotice error={definitions.error} /> : <p className="soft">{t("app.loading")}</p>;
  return (
    <div className="stack">
      {definitions.data.problems.map((problem) => (
        <div key={problem} className="notice warning">
          <ForeignText text={problem} />
        </div>
      ))}
      {!mine && <div className="soft">{t("define.none")}</div>}
      {mine && (
        <div className="row wrap">
          <span className="soft">{t(mine.from === "file" ? "define.fromFile" : "define.fromHub")}</span>
          {mine.from === "hub" && mayDefine && (
            <>
              <Button
                variant="default"
                aria-pressed={mode === "edit"}
                onClick={() => setMode(mode === "edit" ? "view" : "edit")}
                data-testid="definition-edit"
              >
                {t(mode === "edit" ? "common.cancel" : "define.edit")}
              </Button>
              <Button variant="default" onClick={() => setConfirm("open")} data-testid="definition-remove">
                {t("define.remove")}
              </Button>
            </>
          )}
        </div>
      )}
      {remove.data && <OutcomeLine outcome={remove.data} server={server} />}
      <ErrorNotice error={remove.error} />
      {mine && mode === "view" && (
        <pre className={styles.definition} data-testid="definition">
          <ForeignText text={JSON.stringify(mine.definition, null, 2)} />
        </pre>
      )}
      {mine && mode === "edit" && (
        <DefinitionEditor
          key={JSON.stringify(mine.definition)}
          serverId={serverId}
          server={server}
          before={mine.definition}
          first={mine.definition}
        />
      )}
      {confirm === "open" && (
        <TypedConfirm
          title={t("define.removeTitle", { name })}
          text={t("define.removeText", { server })}
          word={name}
          action={t("define.remove")}
          busy={remove.isPending}
          error={null}
          onConfirm={() => remove.mutate()}
          onClose={() => setConfirm("closed")}
        />
      )}
    </div>
  );
}

import { Button } from "@mantine/core";
import { grantingLine } from "@muster/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { splitRefusal } from "../actions/policy-line.ts";
import { PolicyHelp } from "../actions/refusal-help.tsx";
import { api } from "../api/api.ts";
import { isApiError } from "../api/api-error.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { DiffView } from "./diff-view.tsx";
import { OutcomeLine } from "./outcome-line.tsx";
import type { SecretValues } from "./secrets-field.tsx";
import type { Tree } from "./tree.ts";

interface SaveDialogProps {
  readonly serverId: string;
  readonly server: string;
  /** The JSON text in force; empty for one that is made. */
  readonly before: string;
  readonly tree: Tree;
  readonly secrets: SecretValues;
  readonly onClose: (saved: "saved" | "not-saved") => void;
}

/** Shows what would change, sends it to the server, and tells what came of it. */
export function SaveDialog({ serverId, server, before, tree, secrets, onClose }: SaveDialogProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const driver = tree["driver"] === "tmux" ? "tmux" : "process";
  const name = String(tree["name"]);
  const save = useMutation({
    mutationFn: () =>
      api("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params: { id: serverId, driver, name },
        body: { definition: { ...tree }, ...(Object.keys(secrets).length > 0 && { secrets: { ...secrets } }) },
      }),
  });
  const outcome = save.data;
  const isRefused = outcome?.outcome === "refused" || isApiError(save.error, "ACTION_REFUSED");
  const line =
    splitRefusal(outcome?.detail ?? "").line ??
    grantingLine({ name: "service.define", args: { driver, name, definition: JSON.stringify(tree) } });
  const close = (): void => {
    // Not before: what is in force then makes the editor anew, and this dialog with it.
    if (outcome) void queries.invalidateQueries({ queryKey: ["definitions", serverId] });
    onClose(outcome?.outcome === "succeeded" ? "saved" : "not-saved");
  };
  return (
    <Dialog size="lg" onClose={close} title={t("define.reviewTitle", { server })} testId="define-dialog">
      <div className="stack">
        <DiffView before={before} after={JSON.stringify(tree, null, 2)} />
        {Object.keys(secrets).length > 0 && (
          <div className="soft">{t("define.setsSecrets", { names: Object.keys(secrets).join(", ") })}</div>
        )}
        <div className="soft">{t("define.reviewText")}</div>
        {outcome && <OutcomeLine outcome={outcome} server={server} />}
        <ErrorNotice error={save.error} />
        {isRefused && <PolicyHelp server={server} line={line} />}
        <div className="row">
          {outcome?.outcome !== "succeeded" && (
            <Button loading={save.isPending} onClick={() => save.mutate()} data-testid="define-save">
              {t("define.save")}
            </Button>
          )}
          <Button variant="default" onClick={close} data-testid="define-close">
            {t(outcome ? "common.close" : "common.cancel")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

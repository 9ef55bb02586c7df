import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SshKeyView } from "@muster/protocol";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { AddKey } from "../../links/add-key.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { PublicLine } from "./public-line.tsx";
import { ReplaceKey } from "./replace-key.tsx";
import { SshKeyRow } from "./ssh-key-row.tsx";

/** The hub's own keys for logging in by SSH: their public halves, and who uses them. */
export function SshKeysPage() {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const mayWrite = useRight("ssh-keys.write");
  const [adding, setAdding] = useState<"no" | "yes">("no");
  const [shown, setShown] = useState<SshKeyView>();
  const [replacedId, setReplacedId] = useState<string>();
  const keys = useQuery({ queryKey: ["ssh-keys"], queryFn: ({ signal }) => api("GET /api/v1/ssh-keys", { signal }) });
  const replaced = keys.data?.items.find(({ id }) => id === replacedId);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{say("keys.title")}</h1>
        {mayWrite && (
          <Button onClick={() => setAdding("yes")} data-testid="add-key">
            {say("keys.add")}
          </Button>
        )}
      </div>
      <div className="soft">{say("keys.intro")}</div>
      <ErrorNotice error={keys.error} />
      {keys.data?.items.length === 0 && (
        <div className="soft" data-testid="no-keys">
          {say("keys.empty")}
        </div>
      )}
      {keys.data && keys.data.items.length > 0 && (
        <table className="plain" data-testid="ssh-keys">
          <thead>
            <tr>
              <th>{t("common.name")}</th>
              <th>{say("keys.type")}</th>
              <th>{say("keys.fingerprint")}</th>
              <th>{say("keys.usedBy")}</th>
              <th>{say("keys.created")}</th>
              <th aria-label={say("keys.actions")} />
            </tr>
          </thead>
          <tbody>
            {keys.data.items.map((key) => (
              <SshKeyRow
                key={key.id}
                sshKey={key}
                mayWrite={mayWrite}
                onShow={() => setShown(key)}
                onReplace={() => setReplacedId(key.id)}
              />
            ))}
          </tbody>
        </table>
      )}
      {adding === "yes" && (
        <AddKey
          onMade={(key) => {
            setAdding("no");
            setShown(key);
          }}
          onClose={() => setAdding("no")}
        />
      )}
      {replaced && (
        <ReplaceKey
          oldKey={replaced}
          others={keys.data?.items.filter(({ id }) => id !== replaced.id) ?? []}
          onClose={() => setReplacedId(undefined)}
        />
      )}
      {shown && <PublicLine sshKey={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SshKeyView } from "@muster/protocol";
import { api } from "../../api/api.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";

interface SshKeyRowProps {
  readonly sshKey: SshKeyView;
  readonly mayWrite: boolean;
  readonly onShow: () => void;
  readonly onReplace: () => void;
}

/** One key. While servers use it, it cannot be deleted, and they are named. */
export function SshKeyRow({ sshKey, mayWrite, onShow, onReplace }: SshKeyRowProps) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"nothing" | "delete">("nothing");
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/ssh-keys/{id}", { params: { id: sshKey.id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["ssh-keys"] }),
    onSuccess: () => setAsking("nothing"),
  });
  const isUsed = sshKey.usedBy.length > 0;
  return (
    <tr data-testid="ssh-key" data-key={sshKey.name}>
      <td>
        <ForeignText text={sshKey.name} />
      </td>
      <td className="soft">{sshKey.type}</td>
      <td className="mono" style={{ overflowWrap: "anywhere" }}>
        {sshKey.fingerprint}
      </td>
      <td data-label={say("keys.usedBy")}>
        <span className="row wrap" style={{ gap: "2px 8px" }} data-testid="key-used-by">
          {!isUsed && <span className="soft">{say("keys.unused")}</span>}
          {sshKey.usedBy.map(({ serverId, name }) => (
            <Link key={serverId} to="/servers/$id/connection" params={{ id: serverId }}>
              <ForeignText text={name} />
            </Link>
          ))}
        </span>
      </td>
      <td className="soft" data-label={say("keys.created")}>
        {say("keys.by", { date: format.date(sshKey.createdAt), name: sshKey.createdBy })}
      </td>
      <td>
        <div className="row wrap">
          <Button variant="default" onClick={onShow} data-testid="key-public">
            {say("keys.public")}
          </Button>
          {mayWrite && (
            <Button variant="default" onClick={onReplace} data-testid="key-replace">
              {say("keys.replace")}
            </Button>
          )}
          {mayWrite && (
            <Button
              variant="default"
              disabled={isUsed}
              title={isUsed ? say("keys.inUse") : undefined}
              onClick={() => setAsking("delete")}
              data-testid="key-delete"
            >
              {t("common.delete")}
            </Button>
          )}
        </div>
        {asking === "delete" && (
          <TypedConfirm
            title={say("keys.deleteTitle", { name: sshKey.name })}
            text={say("keys.deleteText")}
            word={sshKey.name}
            action={t("common.delete")}
            busy={remove.isPending}
            error={remove.error}
            onConfirm={() => remove.mutate()}
            onClose={() => setAsking("nothing")}
          />
        )}
      </td>
    </tr>
  );
}

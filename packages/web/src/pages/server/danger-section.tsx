import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Server } from "../../fleet/fleet-view.ts";

interface DangerSectionProps {
  readonly server: Server;
  readonly mayRevoke: boolean;
  readonly mayDelete: boolean;
}

/** Shutting a server out, and forgetting it. */
export function DangerSection({ server, mayRevoke, mayDelete }: DangerSectionProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"nothing" | "revoke" | "delete">("nothing");
  const revoke = useMutation({
    mutationFn: () => api("PATCH /api/v1/servers/{id}", { params: { id: server.id }, body: { state: "revoked" } }),
    onSuccess(saved) {
      queries.setQueryData(["server", server.id], saved);
      setAsking("nothing");
    },
  });
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/servers/{id}", { params: { id: server.id } }),
    onSuccess: () => navigate({ to: "/" }),
  });
  return (
    <section className="section">
      <h2>{t("settings.danger")}</h2>
      <div className="row wrap">
        {mayRevoke && server.state !== "revoked" && (
          <Button variant="default" onClick={() => setAsking("revoke")} data-testid="revoke">
            {t("settings.revoke")}
          </Button>
        )}
        {mayDelete && (
          <Button color="red" onClick={() => setAsking("delete")} data-testid="delete">
            {t("settings.delete")}
          </Button>
        )}
      </div>
      {asking === "revoke" && (
        <TypedConfirm
          title={t("settings.revokeConfirm", { name: server.name })}
          text={t(server.link === "agent" ? "settings.revokeText" : "settings.revokeLinkText")}
          action={t("settings.revoke")}
          busy={revoke.isPending}
          error={revoke.error}
          onConfirm={() => revoke.mutate()}
          onClose={() => setAsking("nothing")}
        />
      )}
      {asking === "delete" && (
        <TypedConfirm
          title={t("settings.delete")}
          text={t("settings.deleteText")}
          word={server.name}
          action={t("settings.delete")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking("nothing")}
        />
      )}
    </section>
  );
}

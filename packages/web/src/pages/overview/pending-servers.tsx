import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import styles from "./overview.module.css";

/** More would push the table out of sight; the filter `pending` shows the rest. */
const SHOWN_MAX = 3;

/** Servers that joined and wait for somebody to compare the six words. */
export function PendingServers({ servers }: { readonly servers: readonly Server[] }) {
  const { t } = useTranslation();
  const mayAccept = useRight("servers.write");
  const decide = useMutation({
    mutationFn: ({ id, state }: { id: string; state: "active" | "revoked" }) =>
      api("PATCH /api/v1/servers/{id}", { params: { id }, body: { state } }),
  });
  return (
    <section className={styles.pending} data-testid="pending-servers">
      <h2>{t("pending.title", { count: servers.length })}</h2>
      {servers.some(({ link }) => link === "agent") && <div className="soft">{t("pending.text")}</div>}
      {servers.slice(0, SHOWN_MAX).map((server) => (
        <div key={server.id} className="row wrap" data-testid="pending-server" data-server={server.id}>
          <strong>
            <ForeignText text={server.name} />
          </strong>
          <span className="soft">{server.address}</span>
          {server.link === "agent" ? (
            <span className={`${styles.words} grow`} data-testid="fingerprint">
              {server.fingerprint}
            </span>
          ) : (
            <span className="soft grow">{t("pending.noWords")}</span>
          )}
          {mayAccept && (
            <>
              <Button
                loading={decide.isPending && decide.variables.id === server.id}
                onClick={() => decide.mutate({ id: server.id, state: "active" })}
                data-testid="accept"
              >
                {t("pending.accept")}
              </Button>
              <Button variant="default" onClick={() => decide.mutate({ id: server.id, state: "revoked" })}>
                {t("pending.reject")}
              </Button>
            </>
          )}
        </div>
      ))}
      <ErrorNotice error={decide.error} />
    </section>
  );
}

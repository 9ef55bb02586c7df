import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { useFormat } from "../../i18n/use-format.ts";

export function IdentitySection({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className="section">
      <h2>{t("settings.identity")}</h2>
      <dl className="facts">
        {server.link === "agent" && (
          <>
            <dt>{t("settings.fingerprint")}</dt>
            <dd className="mono" data-testid="fingerprint">
              {server.fingerprint ?? t("common.unknown")}
            </dd>
          </>
        )}
        <dt>{t("settings.serverId")}</dt>
        <dd className="mono">{server.id}</dd>
        <dt>{t("server.address")}</dt>
        <dd>
          <ForeignText text={server.facts?.addresses.join(", ") || (server.address ?? t("common.unknown"))} />
        </dd>
        <dt>{t("settings.created")}</dt>
        <dd>{format.dateTime(server.createdAt)}</dd>
      </dl>
    </section>
  );
}

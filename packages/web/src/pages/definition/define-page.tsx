import { useQuery } from "@tanstack/react-query";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { DefinitionEditor } from "../../definitions/definition-editor.tsx";

/** Something new that a server is to run. */
export function DefinePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/servers/$id/define" });
  const { driver = "process" } = useSearch({ from: "/inside/servers/$id/define" });
  const server = useQuery({
    queryKey: ["server", id],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}", { params: { id }, signal }),
  });
  if (!server.data)
    return server.error ? <ErrorNotice error={server.error} /> : <p className="soft">{t("app.loading")}</p>;
  return (
    <div className="stack" data-testid="define-page">
      <div className="row">
        <Link to="/servers/$id/services" params={{ id }} aria-label={t("define.back")} className="soft">
          <IconChevronLeft size={16} aria-hidden />
        </Link>
        <h1>
          {t("define.newOn")} <ForeignText text={server.data.name} />
        </h1>
      </div>
      <div className="soft">{t("define.intro")}</div>
      <DefinitionEditor serverId={id} server={server.data.name} before={undefined} first={{ driver, name: "" }} />
    </div>
  );
}

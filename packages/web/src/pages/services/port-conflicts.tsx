import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ForeignText } from "../../components/foreign-text.tsx";

const REFRESH_MS = 60_000;
/** More are said as a number; the list below is what the page is for. */
const SHOWN_MAX = 3;

/** Ports that several services of one server claim: only one of them can have it. */
export function PortConflicts() {
  const { t } = useTranslation();
  const conflicts = useQuery({
    queryKey: ["port-conflicts"],
    queryFn: ({ signal }) => api("GET /api/v1/port-conflicts", { signal }),
    refetchInterval: REFRESH_MS,
  });
  const items = conflicts.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <div className="notice warning" data-testid="port-conflicts">
      <IconAlertTriangle size={16} className="warning" aria-hidden />
      <div>
        {items.slice(0, SHOWN_MAX).map(({ serverId, server, port, services }) => (
          <div key={`${serverId} ${port}`}>
            {t("services.portTaken", { port })} <ForeignText text={server} />:{" "}
            {services.map((service, index) => (
              <span key={service.id}>
                {index > 0 && ", "}
                <Link to="/services/$id" params={{ id: service.id }}>
                  <ForeignText text={service.name} />
                </Link>
              </span>
            ))}
          </div>
        ))}
        {items.length > SHOWN_MAX && (
          <div className="soft">{t("services.morePorts", { count: items.length - SHOWN_MAX })}</div>
        )}
      </div>
    </div>
  );
}

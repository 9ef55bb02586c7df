import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Server } from "../../fleet/fleet-view.ts";
import { troubledProbes, troubledServices } from "../../fleet/order.ts";

/** How many services and probes of all servers do badly; leads to them. Nothing when all is well. */
export function Troubled({ servers }: { readonly servers: Iterable<Server> }) {
  const { t } = useTranslation();
  let services = 0;
  let probes = 0;
  for (const server of servers) {
    services += troubledServices(server);
    probes += troubledProbes(server);
  }
  return (
    <>
      {services > 0 && (
        <Link to="/services" className="bad" data-testid="troubled-services">
          {t("services.troubled", { count: services })}
        </Link>
      )}
      {probes > 0 && (
        <Link to="/probes" className="bad" data-testid="troubled-probes">
          {t("overview.troubledProbes", { count: probes })}
        </Link>
      )}
    </>
  );
}

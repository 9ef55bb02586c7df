import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Server } from "../../fleet/fleet-view.ts";
import { troubledServices } from "../../fleet/order.ts";

/** How many services of all servers have failed or do badly; leads to them. Nothing when all is well. */
export function TroubledServices({ servers }: { readonly servers: Iterable<Server> }) {
  const { t } = useTranslation();
  let count = 0;
  for (const server of servers) count += troubledServices(server);
  if (count === 0) return null;
  return (
    <Link to="/services" className="bad" data-testid="troubled-services">
      {t("services.troubled", { count })}
    </Link>
  );
}

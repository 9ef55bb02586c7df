import { createContext, useContext } from "react";
import type { Service } from "../../services/services-view.ts";

export const ServiceContext = createContext<Service | undefined>(undefined);

/** The service that a tab is of. */
export function useShownService(): Service {
  const service = useContext(ServiceContext);
  if (!service) throw new TypeError("this part of a service page stands outside it");
  return service;
}

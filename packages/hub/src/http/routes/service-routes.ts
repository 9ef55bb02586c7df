import { MusterError } from "@muster/core";
import type { Handlers } from "../handler.ts";

type ServiceRoutes = Pick<
  Handlers,
  | "GET /api/v1/services"
  | "GET /api/v1/services/{id}"
  | "GET /api/v1/services/{id}/ledger"
  | "GET /api/v1/port-conflicts"
  | "GET /api/v1/servers/{id}/definitions"
>;

const notYet = (): never => {
  throw new MusterError("NOT_FOUND");
};

export function serviceRoutes(): ServiceRoutes {
  return {
    "GET /api/v1/services": async () => notYet(),
    "GET /api/v1/services/{id}": async () => notYet(),
    "GET /api/v1/services/{id}/ledger": async () => notYet(),
    "GET /api/v1/port-conflicts": async () => notYet(),
    "GET /api/v1/servers/{id}/definitions": async () => notYet(),
  };
}

import { MusterError } from "@muster/core";
import type { Handlers } from "../handler.ts";

type LogRoutes = Pick<Handlers, "GET /api/v1/services/{id}/logs" | "GET /api/v1/logs">;

const notYet = (): never => {
  throw new MusterError("NOT_FOUND");
};

export function logRoutes(): LogRoutes {
  return {
    "GET /api/v1/services/{id}/logs": async () => notYet(),
    "GET /api/v1/logs": async () => notYet(),
  };
}

import { MusterError } from "@muster/core";
import type { Handlers } from "../handler.ts";

type ActionRoutes = Pick<
  Handlers,
  | "POST /api/v1/actions"
  | "GET /api/v1/actions"
  | "GET /api/v1/actions/{id}"
  | "PUT /api/v1/servers/{id}/definitions/{driver}/{name}"
  | "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}"
>;

const notYet = (): never => {
  throw new MusterError("NOT_FOUND");
};

export function actionRoutes(): ActionRoutes {
  return {
    "POST /api/v1/actions": async () => notYet(),
    "GET /api/v1/actions": async () => notYet(),
    "GET /api/v1/actions/{id}": async () => notYet(),
    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": async () => notYet(),
    "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": async () => notYet(),
  };
}

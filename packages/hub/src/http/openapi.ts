import { ERRORS } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import { resources, ROUTES } from "@muster/protocol";
import type { Route } from "@muster/protocol";
import { z } from "zod";
import { createDocument } from "zod-openapi";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";

const EVERY_ROUTE: readonly ErrorCode[] = ["BAD_REQUEST", "RATE_LIMITED", "INTERNAL"];
const SIGNED_IN: readonly ErrorCode[] = ["UNAUTHENTICATED", "FORBIDDEN"];

/** The OpenAPI 3.1 description, made from the route table. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [string, Route][]) {
    const [method = "", path = ""] = name.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = operation(route);
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Muster",
      version,
      description:
        "Sign in for a session cookie, or send an API token as a bearer token. Requests are strict: an unknown field is an error that names it.",
    },
    paths: paths as ZodOpenApiPathsObject,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        ownToken: {
          type: "http",
          scheme: "bearer",
          description: "A join token for registering; for heartbeats the token that registering answered.",
        },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-muster",
          description: "Unsafe requests also carry the header x-muster-csrf with the token from GET /api/v1/me.",
        },
      },
    },
  });
}

const OWN_TOKEN = ["UNAUTHENTICATED", "FORBIDDEN"] as const satisfies readonly ErrorCode[];

const PERMISSIONS: Readonly<Record<string, string>> = {
  public: "Needs no credential.",
  "own-token": "Needs a token of this route's own kind.",
  "signed-in": "Needs a signed-in caller.",
};

function operation(route: Route): ZodOpenApiOperationObject {
  const codes = [
    ...EVERY_ROUTE,
    ...(route.permission === "public" ? [] : route.permission === "own-token" ? OWN_TOKEN : SIGNED_IN),
    ...((route.errors ?? []) as ErrorCode[]),
  ];
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const status = route.status ?? 200;
  return {
    summary: route.summary,
    description:
      route.tokenHeader === undefined
        ? (PERMISSIONS[route.permission] ?? `Needs the right ${route.permission}.`)
        : `Needs a token of this route's own kind in the header \`${route.tokenHeader}\`.`,
    ...(route.params || route.query
      ? {
          requestParams: {
            ...(route.params ? { path: route.params } : {}),
            ...(route.query ? { query: route.query } : {}),
          },
        }
      : {}),
    ...(route.body ? { requestBody: { required: true, content: { "application/json": { schema: route.body } } } } : {}),
    responses: {
      [String(status) as "200"]:
        status === 204
          ? { description: "Done." }
          : {
              description: route.streamed
                ? "The answer, piece by piece. Where the connection ends before the answer does, it is not whole."
                : "The answer.",
              content: Object.fromEntries(
                (route.streamed ?? ["application/json"]).map((type) => [
                  type,
                  { schema: type === "application/json" ? route.answer : z.string() },
                ]),
              ),
            },
      ...Object.fromEntries(
        [...byStatus].map(([code, of]) => [
          String(code),
          {
            description: of.map((one) => `${one}: ${ERRORS[one].text}`).join(" "),
            content: { "application/json": { schema: resources.errorBody } },
          },
        ]),
      ),
    },
    security:
      route.permission === "public"
        ? []
        : route.permission === "own-token"
          ? [{ ownToken: [] }]
          : [{ token: [] }, { session: [] }],
  };
}

import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ERRORS } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import type { Route, RouteAnswer, RouteName, RouteParsed } from "@muster/protocol";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";

/** What a test's handler gets: parsed by the route's own schemas. */
export type Asked<N extends RouteName> = RouteParsed<N> & { readonly headers: IncomingHttpHeaders };

/** An answer that is not the route's own. */
export type Other =
  | {
      readonly refuse: ErrorCode;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly fields?: Readonly<Record<string, string>>;
    }
  /** The connection ends without an answer. */
  | { readonly cut: "now" }
  /** Piece by piece, as the test wants; whoever is given the response ends it. */
  | { readonly stream: (response: ServerResponse, gone: AbortSignal) => void };

export type Handlers = {
  readonly [N in RouteName]?: (asked: Asked<N>) => RouteAnswer<N> | Other | Promise<RouteAnswer<N> | Other>;
};

export interface ScriptedHub extends AsyncDisposable {
  readonly url: string;
  /** Names of routes in the order in which they were asked. */
  readonly asked: readonly RouteName[];
}

/**
 * A hub on loopback that answers as the test says and is as strict as the real one about form: requests are parsed and
 * answers checked by the schemas of the shared route table.
 */
export async function scriptedHub(handlers: Handlers): Promise<ScriptedHub> {
  const asked: RouteName[] = [];
  const server = createServer((request, response) => {
    answer(request, response, handlers, asked).catch((error: unknown) => {
      sendError(response, "INTERNAL", `the test's own hub is wrong: ${String(error)}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: Handlers,
  asked: RouteName[],
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://hub");
  const found = findRoute(request.method ?? "", url.pathname);
  if (!found) return sendError(response, "NOT_FOUND");
  const [name, params] = found;
  asked.push(name);
  const route: Route = ROUTES[name];
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const parts = {
    params: route.params?.safeParse(params),
    query: route.query?.safeParse(Object.fromEntries(url.searchParams)),
    body: route.body?.safeParse(text === "" ? undefined : JSON.parse(text)),
  };
  for (const [part, parsed] of Object.entries(parts)) {
    if (parsed && !parsed.success) return sendError(response, "BAD_REQUEST", `${part}: ${parsed.error.message}`);
  }
  const handler = handlers[name] as ((given: unknown) => unknown) | undefined;
  if (!handler) return sendError(response, "NOT_FOUND");
  const result = await handler({
    params: parts.params?.data,
    query: parts.query?.data,
    body: parts.body?.data,
    headers: request.headers,
  });
  if (isOther(result)) return sendOther(response, result);
  const checked = route.answer.parse(result);
  response.writeHead(route.status ?? 200, { "content-type": "application/json" }).end(JSON.stringify(checked));
}

/** Runs a command line against a hub that answers as `base` says, and otherwise as the run says. */
export const musterAt =
  (base: Handlers = {}) =>
  async (argv: readonly string[], handlers: Handlers = {}, more: CommandLineOptions = {}) => {
    await using hub = await scriptedHub({ ...base, ...handlers });
    return await commandLine(argv, { env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url }, ...more });
  };

const isOther = (result: unknown): result is Other =>
  typeof result === "object" && result !== null && ("refuse" in result || "cut" in result || "stream" in result);

function sendOther(response: ServerResponse, other: Other): void {
  if ("refuse" in other) return sendError(response, other.refuse, other.message, other);
  if ("cut" in other) return void response.socket?.destroy();
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  other.stream(response, gone.signal);
}

function sendError(
  response: ServerResponse,
  code: ErrorCode,
  message: string = ERRORS[code].text,
  { headers, fields }: Pick<Extract<Other, { refuse: ErrorCode }>, "headers" | "fields"> = {},
): void {
  response.writeHead(ERRORS[code].status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: { code, message, requestId: "r-1", ...(fields && { fields }) } }));
}

function findRoute(method: string, path: string): readonly [RouteName, Record<string, string>] | undefined {
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const [routeMethod, pattern = ""] = name.split(" ");
    if (routeMethod !== method) continue;
    const match = new RegExp(`^${pattern.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`).exec(path);
    if (!match) continue;
    const entries = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)] as const);
    return [name, Object.fromEntries(entries)];
  }
  return undefined;
}

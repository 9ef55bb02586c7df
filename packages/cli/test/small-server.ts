import { createServer as createHttp } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SmallServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** A real HTTP or HTTPS server on loopback that answers by "METHOD path" and remembers what it was asked. */
export async function smallServer(
  answers: Readonly<Record<string, Answer>>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<SmallServer> {
  const seen: SeenRequest[] = [];
  const server = tls ? createHttps(tls) : createHttp();
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [method, path] = [request.method ?? "", request.url ?? ""];
      seen.push({ method, path, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      const answer = answers[`${method} ${path}`] ?? {
        status: 404,
        body: { error: { code: "NOT_FOUND", message: "Nothing here.", requestId: "none" } },
      };
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

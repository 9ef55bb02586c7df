import type { Logger } from "@muster/core";
import { APP_PATHS } from "@muster/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Doors } from "./doors.ts";
import { sendStatusPage } from "./status-page-door.ts";
import type { StatusPageDoor } from "./status-page-door.ts";
import type { StaticFile } from "./static-files.ts";

export interface PlainRouteDeps {
  readonly doors: Doors;
  readonly log: Logger;
  readonly version: string;
  readonly files: ReadonlyMap<string, StaticFile>;
  /** What a new agent downloads: installer, program, runtime; by exact path. */
  readonly downloads: ReadonlyMap<string, Download>;
  readonly isReady: () => boolean;
  readonly statusPages: StatusPageDoor;
  /** The hub's own metrics in Prometheus' text format. */
  readonly renderMetrics: () => Promise<string>;
}

export interface Download {
  readonly type: string;
  readonly length?: number;
  open(): NodeJS.ReadableStream | Buffer | string;
}

/** Doors that are no API: health, own metrics, API documentation, public status pages, agent downloads, the web app. */
export function plainRoutes(deps: PlainRouteDeps): (app: FastifyInstance) => void {
  return (app) => {
    app.get("/healthz", async (_request, reply) => reply.type("text/plain").send("alive\n"));
    app.get("/readyz", async (_request, reply) => {
      const isReady = deps.isReady();
      return reply
        .code(isReady ? 200 : 503)
        .type("text/plain")
        .send(isReady ? "ready\n" : "not ready\n");
    });
    app.get("/metrics", async (request, reply) => {
      const caller = await deps.doors.caller(request.raw);
      deps.doors.checkPermission("hub.read", caller);
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await deps.renderMetrics());
    });
    // Few hubs are ever asked, so what makes the description is loaded with the first question.
    let documentation: Promise<Documentation> | undefined;
    const documented = (): Promise<Documentation> => (documentation ??= makeDocumentation(deps.version));
    app.get("/api/v1/openapi.json", async (_request, reply) => reply.send((await documented()).document));
    app.get("/api/docs", async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send((await documented()).page),
    );
    app.get("/api/docs.css", async (_request, reply) =>
      reply.type("text/css; charset=utf-8").send((await documented()).style),
    );
    app.get("/status/:slug", async (request, reply) => sendStatusPage(deps.statusPages, request, reply));
    for (const [path, download] of deps.downloads) {
      app.get(path, async (_request, reply) => {
        void reply.type(download.type).header("content-disposition", "attachment").header("cache-control", "no-store");
        if (download.length !== undefined) void reply.header("content-length", download.length);
        return reply.send(download.open());
      });
    }
    for (const [path, file] of deps.files) app.get(path, async (request, reply) => sendFile(file, request, reply));
    const index = deps.files.get("/index.html");
    if (!index) return;
    // The app's own pages; anything else is not found.
    for (const path of APP_PATHS) app.get(path, async (request, reply) => sendFile(index, request, reply));
  };
}

interface Documentation {
  readonly document: object;
  readonly page: string;
  readonly style: string;
}

async function makeDocumentation(version: string): Promise<Documentation> {
  const [{ openApiDocument }, { docsPage, docsStyle }] = await Promise.all([
    import("./openapi.ts"),
    import("./docs-page.ts"),
  ]);
  return { document: openApiDocument(version), page: docsPage(version), style: docsStyle };
}

function sendFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({
    etag: file.etag,
    "cache-control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
  });
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  const acceptsGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  if (file.gzipped && acceptsGzip) return reply.type(file.type).header("content-encoding", "gzip").send(file.gzipped);
  return reply.type(file.type).send(file.body);
}

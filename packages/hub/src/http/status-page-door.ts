import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { MusterError } from "@muster/core";
import type { Clock, PublicStatus, StatusPage } from "@muster/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { throttleAddress } from "../access/throttle.ts";
import type { Throttle } from "../access/throttle.ts";
import type { StatusPageDesk } from "../status-pages/status-page-desk.ts";
import type { ClientAddress } from "./client-address.ts";
import { STATUS_PAGE_FRESH_MS, STATUS_PAGE_LIMIT } from "./limits.ts";
import { statusPageHtml, STATUS_PAGE_STYLE } from "./status-page-html.ts";

export interface StatusPageDoorDeps {
  readonly statusPages: Pick<StatusPageDesk, "shown" | "status">;
  readonly throttle: Throttle;
  readonly addresses: ClientAddress;
  readonly clock: Clock;
}

interface Body {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** How a page stood, and what was made of that for whoever asked. */
interface Made {
  readonly atMono: number;
  readonly status: PublicStatus;
  html?: Body;
  json?: Body;
}

/** The page has one style, which it holds itself, and loads nothing, sends nothing and runs nothing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STATUS_PAGE_STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What everybody gets to see of status pages: made once in a while, and answered from memory to however many ask. */
export class StatusPageDoor {
  readonly #deps: StatusPageDoorDeps;
  /** A page that was changed is another object, so nobody is shown what it was. */
  readonly #made = new WeakMap<StatusPage, Made>();

  constructor(deps: StatusPageDoorDeps) {
    this.#deps = deps;
  }

  /** Undefined where there is nothing that everybody may see: no such page, or one that is off. Throws RATE_LIMITED. */
  body(name: string, request: FastifyRequest): Body | undefined {
    const { statusPages, throttle, addresses } = this.#deps;
    const who = throttleAddress(addresses.of(request.raw));
    const waitMs = throttle.take(STATUS_PAGE_LIMIT, [`status page ${who}`]);
    if (waitMs !== undefined) throw new MusterError("RATE_LIMITED", { retryAfterMs: waitMs });
    const isJson = name.endsWith(".json");
    const page = statusPages.shown(isJson ? name.slice(0, -".json".length) : name);
    if (page === undefined) return undefined;
    const made = this.#madeOf(page);
    if (isJson) return (made.json ??= bodyOf("application/json; charset=utf-8", JSON.stringify(made.status)));
    return (made.html ??= bodyOf("text/html; charset=utf-8", statusPageHtml(made.status, page.language)));
  }

  #madeOf(page: StatusPage): Made {
    const { statusPages, clock } = this.#deps;
    const now = clock.monotonic();
    const known = this.#made.get(page);
    if (known !== undefined && now - known.atMono < STATUS_PAGE_FRESH_MS) return known;
    const made: Made = { atMono: now, status: statusPages.status(page) };
    this.#made.set(page, made);
    return made;
  }
}

/** Answers a status page, and for anything else what is answered for every address that is not there. */
export function sendStatusPage(door: StatusPageDoor, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = door.body((request.params as { readonly slug: string }).slug, request);
  if (body === undefined) {
    reply.callNotFound();
    return reply;
  }
  void reply.headers({
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": `public, max-age=${STATUS_PAGE_FRESH_MS / 1_000}`,
    etag: body.etag,
    vary: "accept-encoding",
  });
  if (request.headers["if-none-match"] === body.etag) return reply.code(304).send();
  void reply.type(body.type);
  if (/\bgzip\b/.test(request.headers["accept-encoding"] ?? ""))
    return reply.header("content-encoding", "gzip").send(body.gzipped);
  return reply.send(body.plain);
}

function bodyOf(type: string, text: string): Body {
  const plain = Buffer.from(text);
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 27)}"`;
  return { type, plain, gzipped: gzipSync(plain, { level: 6 }), etag };
}

import { buildRequest } from "../api/build-request.ts";
import type { LogSearch } from "../app/search.ts";
import { SPAN_MS } from "./log-span.ts";

/** As many lines as the hub gives in one answer. */
const LINES_MAX = 100_000;

/** Where the lines of a page are as a file: the same sources and filter, and more of them. */
export function logDownloadUrl({ service, file, q, expression, level, at }: LogSearch): string {
  const query = {
    service,
    file,
    search: q,
    expression: q !== undefined && expression === 1 ? true : undefined,
    level,
    since: at,
    until: at === undefined ? undefined : at + SPAN_MS,
    lines: LINES_MAX,
    format: "text",
  };
  return buildRequest("GET /api/v1/logs", { query }, undefined).url;
}

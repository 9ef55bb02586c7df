import { MusterError } from "@muster/core";
import type { LogAccess, AskedLog, LogChoice } from "../../logs/log-access.ts";
import { callerOf } from "../handler.ts";
import type { HandlerContext, Handlers } from "../handler.ts";
import { LOG_SOURCES_MAX } from "../limits.ts";
import { logPieces } from "../log-pieces.ts";
import type { PiecewiseAnswer } from "../piecewise.ts";

type LogRouteName = "GET /api/v1/services/{id}/logs" | "GET /api/v1/logs";
type LogRoutes = Pick<Handlers, LogRouteName>;

const LINES = 200;
const CONTENT_TYPES = { ndjson: "application/x-ndjson", text: "text/plain", json: "application/json" } as const;

export function logRoutes({ logs }: { readonly logs: LogAccess }): LogRoutes {
  return {
    "GET /api/v1/services/{id}/logs": (context) =>
      answer(logs, context, [{ serviceId: context.params.id, after: context.query.after }]),

    "GET /api/v1/logs": (context) => {
      const { service, file, after } = context.query;
      const asked: AskedLog[] = [...split(service).map((serviceId) => ({ serviceId })), ...split(file).map(fileOf)];
      if (asked.length === 0) throw new MusterError("BAD_REQUEST", { fields: { "query.service": "name some log" } });
      if (asked.length > LOG_SOURCES_MAX)
        throw new MusterError("BAD_REQUEST", { fields: { "query.service": `at most ${LOG_SOURCES_MAX} logs` } });
      const cursors = after === undefined ? [] : after.split(",");
      if (cursors.length > asked.length)
        throw new MusterError("BAD_REQUEST", { fields: { "query.after": "more cursors than logs" } });
      return answer(
        logs,
        context,
        asked.map((one, index) => ({ ...one, after: cursors[index] || undefined })),
      );
    },
  };
}

async function answer(
  logs: LogAccess,
  context: HandlerContext<LogRouteName>,
  asked: readonly AskedLog[],
): Promise<PiecewiseAnswer> {
  const { query, signal } = context;
  const found = asked.map((one) => logs.find(one));
  const { format = "ndjson" } = query;
  const merged = await logs.open(callerOf(context).actor, "http", found, choiceOf(query), signal);
  const labels = found.map(({ label }) => label);
  return {
    contentType: CONTENT_TYPES[format],
    // A browser that opens it must never show it as a page.
    ...(format === "text" && { fileName: `muster_log_${stemOf(labels)}.txt` }),
    pieces: logPieces(merged, labels, format),
  };
}

function choiceOf({
  lines = LINES,
  since,
  until,
  follow,
  search,
  expression,
  level,
}: HandlerContext<LogRouteName>["query"]): LogChoice {
  return {
    linesMax: lines,
    follow: follow === true,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(search !== undefined && { search: { text: search, isExpression: expression === true } }),
    ...(level !== undefined && { levelMax: level }),
  };
}

const split = (list: string | undefined): readonly string[] => list?.split(",").filter((part) => part !== "") ?? [];

/** `<server id>:<absolute path>`. */
function fileOf(text: string): AskedLog {
  const colon = text.indexOf(":");
  if (colon < 0 || text[colon + 1] !== "/")
    throw new MusterError("BAD_REQUEST", { fields: { "query.file": "must be <server id>:<absolute path>" } });
  return { serverId: text.slice(0, colon), file: text.slice(colon + 1) };
}

const stemOf = (labels: readonly string[]): string =>
  (labels.length === 1 ? labels[0]! : `${labels.length}_logs`).replace(/[^A-Za-z0-9_-]+/g, "_").slice(-80);

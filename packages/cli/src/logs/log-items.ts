import { MusterError } from "@muster/core";
import type { resources, RouteInput } from "@muster/protocol";
import type { HubClient, StreamOptions } from "../client/hub-client.ts";

type LogItem = resources.LogItemView;
export type LogQuery = Omit<RouteInput<"GET /api/v1/logs">["query"], "format">;

/** Longer than the longest line with every character escaped: what goes beyond is no log. */
const ITEM_CHARACTERS_MAX = 1024 * 1024;

/** Lines and gaps of logs as they come. Throws as `HubClient.stream`; leaving the loop ends the request. */
export async function* logItems(
  hub: HubClient,
  query: LogQuery,
  options: StreamOptions = {},
): AsyncGenerator<LogItem, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of hub.stream("GET /api/v1/logs", { query: { ...query, format: "ndjson" } }, options)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > ITEM_CHARACTERS_MAX) throw notALog();
    // An empty line is a sign of life.
    for (const line of lines) if (line.trim() !== "") yield itemOf(line);
  }
  if (rest.trim() !== "") yield itemOf(rest);
}

function itemOf(line: string): LogItem {
  try {
    return JSON.parse(line) as LogItem;
  } catch (error) {
    throw notALog(error);
  }
}

const notALog = (cause?: unknown): MusterError =>
  new MusterError("HUB_UNREACHABLE", { message: "What the hub sends as a log is none." }, cause);

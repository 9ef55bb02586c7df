import { isDriverName, isFields, isText, isWhole, LOG_CURSOR_CHARACTERS_MAX, LOG_LINES_MAX } from "@muster/core";
import type { LogQuery } from "@muster/core";

const NAME_CHARACTERS_MAX = 1_024;
const SEARCH_CHARACTERS_MAX = 256;

/** Text that says something. */
const isWord = (value: unknown, charactersMax: number): value is string => isText(value, charactersMax) && value !== "";

/** What a hub asks of a log, checked by hand as all that comes from it; undefined when it has a wrong form. */
export function parseLogQuery(params: unknown): LogQuery | undefined {
  if (!isFields(params)) return undefined;
  const { driver, name, linesMax, since, until, afterCursor, follow, search, levelMax } = params;
  if (typeof driver !== "string" || (driver !== "file" && !isDriverName(driver))) return undefined;
  if (!isWord(name, NAME_CHARACTERS_MAX) || !isWhole(linesMax, LOG_LINES_MAX) || typeof follow !== "boolean")
    return undefined;
  if (since !== undefined && !isWhole(since)) return undefined;
  if (until !== undefined && !isWhole(until)) return undefined;
  if (afterCursor !== undefined && !isWord(afterCursor, LOG_CURSOR_CHARACTERS_MAX)) return undefined;
  if (levelMax !== undefined && !isWhole(levelMax, 7)) return undefined;
  const searched = search === undefined ? undefined : parseSearch(search);
  if (search !== undefined && searched === undefined) return undefined;
  return {
    driver,
    name,
    linesMax,
    follow,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(afterCursor !== undefined && { afterCursor }),
    ...(searched !== undefined && { search: searched }),
    ...(levelMax !== undefined && { levelMax }),
  };
}

function parseSearch(search: unknown): LogQuery["search"] {
  if (!isFields(search)) return undefined;
  const { text, isExpression } = search;
  return isWord(text, SEARCH_CHARACTERS_MAX) && typeof isExpression === "boolean" ? { text, isExpression } : undefined;
}

import type { RateLimit } from "@muster/core";
import type { RateClass } from "@muster/protocol";

/** How often one signed-in account or, before that, one address may ask, by class of route. */
export const RATE_LIMITS: Readonly<Record<RateClass, RateLimit>> = {
  // As the guard behind it, so that what the answer says about waiting is true.
  login: { burst: 10, perMinute: 6 },
  read: { burst: 200, perMinute: 1_200 },
  query: { burst: 120, perMinute: 600 },
  write: { burst: 60, perMinute: 120 },
  // Of one address, which the scripts of a whole site may share; the bound of one server is in the desk.
  heartbeat: { burst: 1_000, perMinute: 3_000 },
};

/** Everything that one address sends, whatever it is: a bound in front of all parsing. */
export const ADDRESS_LIMIT: RateLimit = { burst: 1_000, perMinute: 6_000 };

/** Looks of one address at public status pages, which are answered from memory. */
export const STATUS_PAGE_LIMIT: RateLimit = { burst: 60, perMinute: 120 };
/** So long what was made of a status page is shown again, whoever asks. */
export const STATUS_PAGE_FRESH_MS = 5_000;

export const BODY_BYTES_MAX = 256 * 1024;
export const HEADERS_BYTES_MAX = 16 * 1024;
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
export const CONNECTIONS_MAX = 20_000;
export const LIVE_SOCKETS_PER_USER_MAX = 20;
export const LIVE_SOCKETS_PER_ADDRESS_MAX = 2_000;
/** Messages of one browser's socket; a page that looks around sends a few a second. */
export const LIVE_MESSAGES: RateLimit = { burst: 200, perMinute: 600 };
/** More than this waiting in a browser's socket: it reads too slowly, and gets a fresh snapshot when it catches up. */
export const LIVE_BUFFERED_BYTES_MAX = 1024 * 1024;
/** A browser that has not read for this long is closed with 1013. */
export const LIVE_SLOW_CLOSE_MS = 30_000;
export const QUERY_POINTS_MAX = 200_000;
export const QUERY_SERVERS_MAX = 200;
export const QUERY_METRICS_MAX = 50;
/** A second of reading or two. */
export const QUERY_SAMPLES_MAX = 100_000_000;
export const QUERY_TIME_MS_MAX = 20_000;
/** Rows of an export, some gigabytes of text. */
export const EXPORT_ROWS_MAX = 50_000_000;
/** Points of an export with a step, which are made before the first of them is sent. */
export const EXPORT_POINTS_MAX = 2_000_000;
/** Each holds some megabytes while its reader is slow. */
export const EXPORTS_AT_ONCE_MAX = 8;
/** From the request to the last byte of an answer that comes piece by piece, however slowly it is read. */
export const PIECEWISE_TIME_MS_MAX = 30 * 60_000;
export const QUERY_RANGE_MAX_MS = 10 * 366 * 24 * 3_600_000;
/** Logs that one request or one opening merges. */
export const LOG_SOURCES_MAX = 16;
/** Openings of one live socket at one time. */
export const LIVE_LOGS_MAX = 8;

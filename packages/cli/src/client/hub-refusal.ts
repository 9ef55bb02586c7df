import { ERRORS, MusterError } from "@muster/core";
import type { ErrorCode, ErrorDetails } from "@muster/core";

/** What the hub answered instead of what was asked. */
export class HubRefusal extends MusterError {
  /** The code as the hub sent it; a newer hub may know codes that this program does not. */
  readonly shownCode: string;
  /** Under which the hub's log has the cause; "" when the answer did not come from a hub. */
  readonly requestId: string;

  constructor(code: ErrorCode, shownCode: string, requestId: string, details: ErrorDetails) {
    super(code, details);
    this.shownCode = shownCode;
    this.requestId = requestId;
  }
}

interface ErrorAnswer {
  readonly error?: {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly fields?: unknown;
    readonly requestId?: unknown;
  };
}

/** The refusal that a status and a body stand for. A body that is not the hub's (a proxy's page) is told by its status. */
export function refusalFrom(status: number, body: string, retryAfterSeconds: number | undefined): HubRefusal {
  const error = parse(body)?.error;
  const shownCode = typeof error?.code === "string" ? error.code : `HTTP ${status}`;
  const message =
    typeof error?.message === "string" ? error.message : `The answer is HTTP ${status} and not from a Muster hub.`;
  return new HubRefusal(
    Object.hasOwn(ERRORS, shownCode) ? (shownCode as ErrorCode) : codeOfStatus(status),
    shownCode,
    typeof error?.requestId === "string" ? error.requestId : "",
    {
      message,
      ...(isFields(error?.fields) ? { fields: error.fields } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1_000 }),
    },
  );
}

function parse(body: string): ErrorAnswer | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as ErrorAnswer) : undefined;
  } catch {
    return undefined;
  }
}

const isFields = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");

/** The nearest meaning of a status without a known code, for the exit code. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  if (status === 429) return "RATE_LIMITED";
  if (status === 502 || status === 503 || status === 504) return "HUB_UNREACHABLE";
  return status < 500 ? "BAD_REQUEST" : "INTERNAL";
}

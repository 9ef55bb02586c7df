import { ERRORS, MusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { asStorageError } from "@muster/node-kit";
import type { FastifyError } from "fastify";

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly fields?: Readonly<Record<string, string>>;
      readonly requestId: string;
    };
  };
}

/** Fastify's own refusals in our catalogue. */
const FASTIFY_CODES: Readonly<Record<string, keyof typeof ERRORS>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "WRONG_CONTENT_TYPE",
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BAD_REQUEST",
  FST_ERR_CTP_EMPTY_JSON_BODY: "BAD_JSON",
};

/** The one shape of every error. What is not from the catalogue is logged with its cause and answered as INTERNAL. */
export function errorAnswer(error: unknown, requestId: string, log: Logger): ErrorAnswer {
  const known = asMusterError(error);
  if (known.code === "INTERNAL" || known.cause !== undefined) log.error("a request failed", { requestId, error });
  const { status } = ERRORS[known.code];
  const { fields, retryAfterMs } = known.details;
  return {
    status,
    headers: retryAfterMs === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
    body: { error: { code: known.code, message: known.message, ...(fields ? { fields } : {}), requestId } },
  };
}

function asMusterError(thrown: unknown): MusterError {
  const error = asStorageError(thrown);
  if (error instanceof MusterError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  const named = typeof code === "string" ? FASTIFY_CODES[code] : undefined;
  if (named) return new MusterError(named);
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return new MusterError("BAD_REQUEST");
  return new MusterError("INTERNAL", {}, error);
}

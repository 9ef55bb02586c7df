import { isMusterError, MusterError } from "@muster/core";
import type { ErrorCode, ErrorDetails } from "@muster/core";

/** A MusterError as it travels between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly cause: string;
  /** The file may not be what we believe it is: nothing may be acknowledged until it was opened anew. */
  readonly isFatal: boolean;
}

// https://www.sqlite.org/rescode.html; the low byte is the primary code.
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** What growing the shared-memory index on a full disk gives. */
const SQLITE_IOERR_SHMSIZE = SQLITE_IOERR | (19 << 8);

export function failureOf(error: unknown): Failure {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (isMusterError(error)) return { code: error.code, details: error.details, cause, isFatal: false };
  return { ...classify(error), details: {}, cause };
}

function classify(error: unknown): { readonly code: ErrorCode; readonly isFatal: boolean } {
  const { errcode, code } = (error ?? {}) as { readonly errcode?: unknown; readonly code?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return { code: "STORAGE_FULL", isFatal: false };
  if (typeof errcode !== "number")
    return { code: typeof code === "string" ? "STORAGE_FAILED" : "INTERNAL", isFatal: false };
  if (errcode === SQLITE_IOERR_SHMSIZE) return { code: "STORAGE_FULL", isFatal: false };
  switch (errcode & 0xff) {
    case SQLITE_FULL:
      return { code: "STORAGE_FULL", isFatal: false };
    // A write or fsync that failed is never tried again: the kernel may have dropped what it could not write.
    case SQLITE_IOERR:
      return { code: "STORAGE_FAILED", isFatal: true };
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return { code: "DATABASE_DAMAGED", isFatal: true };
    default:
      return { code: "STORAGE_FAILED", isFatal: false };
  }
}

export const errorOf = (failure: Failure): MusterError =>
  new MusterError(failure.code, failure.details, new Error(failure.cause));

import { MusterError } from "@muster/core";

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** A disk trouble as its catalogue error; anything else comes back as it was. */
export function asStorageError(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return error;
  const { errcode, code } = error as { readonly errcode?: unknown; readonly code?: unknown };
  const primary = typeof errcode === "number" ? errcode & 0xff : undefined;
  if (primary === SQLITE_FULL || code === "ENOSPC" || code === "EDQUOT")
    return new MusterError("STORAGE_FULL", {}, error);
  if (primary === SQLITE_IOERR || primary === SQLITE_READONLY || code === "EIO" || code === "EROFS")
    return new MusterError("STORAGE_FAILED", {}, error);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) return new MusterError("DATABASE_DAMAGED", {}, error);
  return error;
}

/** A row refers to one that is not there. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  typeof error === "object" && error !== null && (error as { errcode?: unknown }).errcode === 787;

export const isUniqueViolation = (error: unknown): boolean =>
  typeof error === "object" && error !== null && (error as { errcode?: unknown }).errcode === 2067;

import type { TFunction } from "i18next";
import { isApiError } from "../api/api-error.ts";
import type { en } from "../i18n/en.ts";

const hasText = (code: string, texts: readonly string[]): code is Uppercase<string> & keyof (typeof en)["error"] =>
  texts.includes(code);

/** Codes whose sentence is known in every language. Others come with an English one from the hub. */
const KNOWN = [
  "HUB_UNREACHABLE",
  "BAD_REQUEST",
  "CONFLICT",
  "QUERY_TOO_LARGE",
  "STARTING",
  "STORAGE_FAILED",
  "SERVER_QUARANTINED",
  "ACTION_REFUSED",
  "WRONG_CREDENTIALS",
  "FORBIDDEN",
  "NOT_FOUND",
  "RATE_LIMITED",
  "SERVER_OFFLINE",
  "ACTION_TIMED_OUT",
  "LAST_ADMIN",
  "SETUP_DONE",
  "SETUP_CODE_WRONG",
  "STORAGE_FULL",
  "INTERNAL",
] as const satisfies readonly (keyof (typeof en)["error"])[];

/** One sentence for a person. */
export function errorText(error: unknown, t: TFunction): string {
  if (!isApiError(error)) return error instanceof Error ? error.message : String(error);
  return hasText(error.code, KNOWN) ? t(`error.${error.code}`) : error.message;
}

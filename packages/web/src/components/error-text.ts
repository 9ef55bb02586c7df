import type { ErrorCode } from "@muster/core";
import type { TFunction } from "i18next";
import { isApiError } from "../api/api-error.ts";
import type { en } from "../i18n/en.ts";

type Known = keyof (typeof en)["error"] & ErrorCode;

/** A code that a newer hub has made up is not in the texts; its own English sentence is shown then. */
const isKnown = (code: string, t: TFunction): code is Known =>
  /^[A-Z][A-Z_]*$/.test(code) && t(`error.${code as Known}`, { defaultValue: "" }) !== "";

/** One sentence for a person, in the language in use. */
export function errorText(error: unknown, t: TFunction): string {
  if (!isApiError(error)) return error instanceof Error ? error.message : String(error);
  return isKnown(error.code, t) ? t(`error.${error.code}`) : error.message;
}

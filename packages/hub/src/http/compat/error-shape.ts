import type { Logger } from "@muster/core";
import { errorAnswer } from "../error-answer.ts";
import type { ErrorAnswer } from "../error-answer.ts";
import type { Tongue } from "./compat-door.ts";

/** A sentence as those systems say what went wrong; it is the only field that they have for it. */
function sentenceOf({ message, fields }: ErrorAnswer["body"]["error"]): string {
  const parts = Object.entries(fields ?? {}).map(([place, problem]) => `${place} ${problem}`);
  return parts.length === 0 ? message : `${message} (${parts.join("; ")})`;
}

export const errorBody = (tongue: Tongue, sentence: string): object =>
  tongue === "s5" ? { success: false, error: sentence } : { detail: sentence };

/** The same statuses and headers as our own errors have, and a body as that system writes it. */
export function compatError(tongue: Tongue, error: unknown, requestId: string, log: Logger) {
  const { status, headers, body } = errorAnswer(error, requestId, log);
  return { status, headers, body: errorBody(tongue, sentenceOf(body.error)) };
}

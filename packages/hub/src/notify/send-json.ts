import type { EgressAnswer } from "@muster/node-kit";
import type { NotifierWay } from "./notifier.ts";

/** Sends JSON; `ca` as settings have it, empty for the system's authorities. */
export const sendJson = (
  way: NotifierWay,
  request: {
    readonly url: string;
    readonly body: unknown;
    readonly method?: "POST" | "PUT" | "PATCH";
    readonly headers?: Readonly<Record<string, string>>;
    readonly ca: string;
    readonly bodyBytesMax?: number;
    readonly isFollowUp?: boolean;
  },
  signal: AbortSignal,
): Promise<EgressAnswer> => {
  const { url, body, method = "POST", headers, ca, ...bounds } = request;
  return way.request(
    {
      ...{ url, method, body: JSON.stringify(body), ...bounds },
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      ...(ca !== "" && { ca }),
    },
    signal,
  );
};

/** What an answer says; empty where it is no JSON object, or none that was read to its end. */
export function jsonOf(answer: EgressAnswer): Readonly<Record<string, unknown>> {
  if (!answer.ok || answer.isTruncated) return {};
  try {
    return recordOf(JSON.parse(answer.body.toString("utf8")));
  } catch {
    return {};
  }
}

/** The value where it is an object, or an empty one. */
export const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** An address below another one, which may end in a slash. */
export const below = (base: string, path: string): string => `${base.replace(/\/+$/, "")}${path}`;

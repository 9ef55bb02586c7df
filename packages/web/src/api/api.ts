import type { RouteAnswer, RouteInput, RouteName } from "@muster/protocol";
import { ApiError, errorOfAnswer, isApiError } from "./api-error.ts";
import { buildRequest } from "./build-request.ts";
import type { CallInput } from "./build-request.ts";
import { takeEarly } from "../early-answers.ts";
import { csrfToken, session } from "./session.ts";
import { askForProof } from "./step-up.ts";

type Present<T> = { readonly [K in keyof T as T[K] extends undefined ? never : K]: T[K] };
type Required<N extends RouteName> = Present<RouteInput<N>>;
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
}
type Arguments<N extends RouteName> = keyof Required<N> extends never
  ? [input?: CallOptions]
  : [input: Required<N> & CallOptions];

/**
 * Calls one route of the hub. The key carries method and path, so input and answer are typed by the route table.
 * Asks for the password where the hub wants a fresh proof, then repeats. Throws `ApiError`, or the signal's reason.
 */
export async function api<N extends RouteName>(route: N, ...[input]: Arguments<N>): Promise<RouteAnswer<N>> {
  const call = (input ?? {}) as CallInput;
  try {
    return (await send(route, call, input?.signal)) as RouteAnswer<N>;
  } catch (error) {
    if (!isApiError(error, "STEP_UP_NEEDED") || !(await askForProof())) throw error;
    return (await send(route, call, input?.signal)) as RouteAnswer<N>;
  }
}

async function send(route: string, input: CallInput, signal: AbortSignal | undefined): Promise<unknown> {
  const request = buildRequest(route, input, csrfToken());
  const early = request.method === "GET" ? takeEarly(request.url) : undefined;
  const asked =
    early ??
    fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ?? null,
    });
  const answer = await asked.catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError({ code: "HUB_UNREACHABLE", message: "The hub cannot be reached.", status: 0 });
  });
  if (!answer.ok) {
    const error = await errorOfAnswer(answer);
    // A wrong password is answered with 401 too, and ends no session.
    if (error.code === "UNAUTHENTICATED") session.set(null);
    throw error;
  }
  return answer.status === 204 ? null : await answer.json();
}

import { api } from "./api.ts";
import { isApiError } from "./api-error.ts";
import { session } from "./session.ts";
import type { Me } from "./session.ts";

let asking: Promise<Me | null> | undefined;

/** Asks the hub who is signed in. Null when nobody; throws when the hub does not answer. One question at a time is enough. */
export function refreshSession(): Promise<Me | null> {
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return asking;
}

async function ask(): Promise<Me | null> {
  try {
    const me = await api("GET /api/v1/me");
    session.set(me);
    return me;
  } catch (error) {
    if (isApiError(error) && error.status === 401) {
      session.set(null);
      return null;
    }
    throw error;
  }
}

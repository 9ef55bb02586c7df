import { api } from "./api.ts";
import { isApiError } from "./api-error.ts";
import { session } from "./session.ts";
import type { Me } from "./session.ts";

/** Asks the hub who is signed in. Null when nobody; throws when the hub does not answer. */
export async function refreshSession(): Promise<Me | null> {
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

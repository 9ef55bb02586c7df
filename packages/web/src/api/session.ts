import type { RouteAnswer } from "@muster/protocol";
import { Observable } from "../browser/observable.ts";

export type Me = RouteAnswer<"GET /api/v1/me">;

/** Who is signed in here: undefined while unknown, null when nobody. */
export const session = new Observable<Me | null | undefined>(undefined);

export const csrfToken = (): string | undefined => session.get()?.csrfToken ?? undefined;

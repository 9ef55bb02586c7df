import { ROUTES } from "@muster/protocol";
import type { Permission, RateClass, Route, RouteName } from "@muster/protocol";

/** The five systems whose paths are answered, as docs/api-compat.md names them. */
export const DIALECTS = ["s1", "s2", "s3", "s4", "s5"] as const;
export type Dialect = (typeof DIALECTS)[number];
/** Whose words an answer is in: of one system, or where several meet at one path of ours. */
export type Tongue = Dialect | "root";

/** One path that is answered, by its method and as that system writes it. */
export interface ServedDoor {
  /** Whoever comes in must hold all of these. */
  readonly permissions: readonly Permission[];
  readonly rate: RateClass;
  /** Our own routes by which it is answered; each asks for its own right once more. */
  readonly over: readonly RouteName[];
  /** Answered without the prefix too. */
  readonly atRoot: boolean;
  /** What differs from that system's own answer; may be empty. */
  readonly note: string;
}

/** A path that is known and has nothing behind it: 501, in that system's shape, to whoever is signed in. */
export interface MissingDoor {
  readonly atRoot: boolean;
  readonly why: string;
}

interface Choice {
  /** In place of what the routes ask for. */
  readonly permissions?: readonly Permission[];
  readonly rate?: RateClass;
  readonly note?: string;
  readonly atRoot?: false;
}

/** A door over routes of our own; its class of rate is the first one's. */
export function served(over: readonly RouteName[], choice: Choice = {}): ServedDoor {
  const routes = over.map((name): Route => ROUTES[name]);
  return {
    permissions: choice.permissions ?? [...new Set(routes.map(({ permission }) => permission))],
    rate: choice.rate ?? routes[0]?.rate ?? "read",
    over,
    atRoot: choice.atRoot ?? true,
    note: choice.note ?? "",
  };
}

/** Doors without anything behind them, and the one reason why. */
export const missing = (
  why: string,
  doors: readonly string[],
  { atRoot = true }: { readonly atRoot?: boolean } = {},
): Readonly<Record<string, MissingDoor>> => Object.fromEntries(doors.map((door) => [door, { atRoot, why }]));

import type { DriverName } from "../services/service.ts";

/** Whom an action is for. Every condition that is given must hold; none given is an error and never "all" (CO10). */
export interface TargetChoice {
  readonly services?: readonly string[] | undefined;
  readonly servers?: readonly string[] | undefined;
  readonly tag?: string | undefined;
  readonly driver?: DriverName | undefined;
  /** What definitions say services are. */
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

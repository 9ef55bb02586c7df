import type { EgressFailure } from "@muster/node-kit";

/** What came of one request or connection of the hub to somebody else: by it the hub sees whether it has a network. */
export interface LookOut {
  /** Name or address of whom it was for. */
  readonly host: string;
  /** Undefined: somebody answered, whatever. */
  readonly failure: EgressFailure | undefined;
}

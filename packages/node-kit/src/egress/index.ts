export { Egress } from "./egress.ts";
export type { EgressAnswer, EgressConnection, EgressFailed, EgressRequest } from "./egress.ts";
export { EGRESS_FAILURES, failureOf } from "./failure.ts";
export type { EgressFailure } from "./failure.ts";
export type { EgressDeps, EgressPurpose, Passage, Resolve } from "./gate.ts";
export { addressVerdict } from "./address-verdict.ts";
export type { AddressVerdict } from "./address-verdict.ts";
export { isOpened, parseHostPort, parseHttpUrl, parseTarget, targetText } from "./target.ts";
export type { EgressTarget } from "./target.ts";

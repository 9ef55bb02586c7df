/** Why something outside was not reached. The texts are all that is told: nothing of the other side's, no inner error. */
export const EGRESS_FAILURES = {
  "not-valid": "the address is not valid",
  blocked: "the address is not open for this purpose",
  "rate-limited": "too many attempts; wait a moment",
  "name-not-found": "the name has no address",
  refused: "nothing listens there",
  reset: "the connection was cut",
  unreachable: "there is no way there",
  "timed-out": "no answer in time",
  "certificate-expired": "the certificate has expired or is not valid yet",
  "certificate-name": "the certificate is for another name",
  "certificate-unknown": "the certificate is of nobody known",
  tls: "no secure connection could be agreed on",
  "not-http": "the answer is no HTTP",
  "too-many-redirects": "it is redirected too often",
  failed: "it could not be reached",
} as const;
export type EgressFailure = keyof typeof EGRESS_FAILURES;
export const isEgressFailure = (text: string): text is EgressFailure => Object.hasOwn(EGRESS_FAILURES, text);

const BY_CODE: Readonly<Record<string, EgressFailure>> = {
  ENOTFOUND: "name-not-found",
  EAI_AGAIN: "name-not-found",
  EAI_NODATA: "name-not-found",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ENETUNREACH: "unreachable",
  EHOSTUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timed-out",
  CERT_HAS_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate-name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate-unknown",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate-unknown",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate-unknown",
  UNABLE_TO_GET_ISSUER_CERT: "certificate-unknown",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate-unknown",
  CERT_UNTRUSTED: "certificate-unknown",
  CERT_REVOKED: "certificate-unknown",
  EPROTO: "tls",
};

/** Carries a failure through callbacks of Node that only take errors. */
export class EgressRefusal extends Error {
  readonly failure: EgressFailure;
  constructor(failure: EgressFailure) {
    super(EGRESS_FAILURES[failure]);
    this.failure = failure;
  }
}

/** What an error of sockets, names or TLS means, in our words. */
export function failureOf(error: unknown): EgressFailure {
  if (error instanceof EgressRefusal) return error.failure;
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0]);
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) return "timed-out";
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== "string") return "failed";
  if (code.startsWith("HPE_")) return "not-http";
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return BY_CODE[code] ?? "tls";
  return BY_CODE[code] ?? "failed";
}

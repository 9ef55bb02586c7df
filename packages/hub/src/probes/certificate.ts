import { DAY_MS } from "@muster/core";
import type { Instant, ProbeVerdict } from "@muster/core";
import type { PeerCertificate } from "@muster/node-kit";

/** Says what a certificate is, when it ends too soon, and whether it is in its time. */
export function judgeCertificate(
  verdict: ProbeVerdict,
  certificate: PeerCertificate,
  { warnDays, failDays }: { readonly warnDays: number; readonly failDays: number },
  now: Instant,
): "in its time" | "out of its time" {
  const { subject, issuer, validFrom, validUntil, fingerprint, names } = certificate;
  const leftMs = validUntil - now;
  verdict.sample("probe_certificate_left_seconds", leftMs / 1_000);
  verdict.fact("certificateSubject", subject);
  verdict.fact("certificateIssuer", issuer);
  verdict.fact("certificateNames", names.join(", "));
  verdict.fact("certificateFrom", validFrom, "instant");
  verdict.fact("certificateUntil", validUntil, "instant");
  verdict.fact("certificateFingerprint", fingerprint);
  const leftDays = Math.floor(leftMs / DAY_MS);
  const words =
    leftMs < 0
      ? "the certificate has expired"
      : `the certificate ends in ${leftDays} ${leftDays === 1 ? "day" : "days"}`;
  if (now < validFrom) verdict.unhealthy("the certificate is not valid yet");
  if (leftMs < failDays * DAY_MS || leftMs < 0) verdict.unhealthy(words);
  else if (leftMs < warnDays * DAY_MS) verdict.degraded(words);
  return now < validFrom || leftMs < 0 ? "out of its time" : "in its time";
}

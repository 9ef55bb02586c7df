import type { Colours } from "../terminal/colours.ts";

export interface BannerFacts {
  readonly address: string;
  /** The one-time sign-up link, until there is an administrator. */
  readonly setupUrl: string | undefined;
  readonly dataDirectory: string;
  /** SHA-256 of a certificate that no authority signed; people compare it before they trust it. */
  readonly certificateFingerprint: string | undefined;
}

/** What `up` says when it is ready: where to look, what to do first, where data lies, how to stop. */
export function renderBanner(
  { address, setupUrl, dataDirectory, certificateFingerprint }: BannerFacts,
  colours: Colours,
): string {
  const lines = [
    "",
    `  ${colours.strong("Muster is running")}`,
    "",
    `  Address   ${colours.strong(address)}`,
    ...(setupUrl === undefined
      ? []
      : [
          `  Sign up   ${colours.strong(setupUrl)}`,
          `            ${colours.faint("makes the first administrator; works once")}`,
        ]),
    ...(certificateFingerprint === undefined
      ? []
      : [
          `  SHA-256   ${certificateFingerprint}`,
          `            ${colours.faint("of the certificate; compare it before you trust it")}`,
        ]),
    `  Data      ${dataDirectory}`,
    "",
    `  ${colours.faint("Ctrl-C stops it. History stays.")}`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

import { plainText } from "../probe-result.ts";

/** How an SSH server presents itself. */
export interface SshBanner {
  readonly protocol: string;
  /** Such as `OpenSSH_9.2p1`, bounded. */
  readonly software: string;
  readonly comment: string;
}

const LINES_MAX = 50;

/**
 * Reads the line by which an SSH server begins, after what it may say before (RFC 4253, 4.2). Undefined while it may
 * still come; `not-ssh` when too much else came.
 */
export function parseSshBanner(text: string): SshBanner | "not-ssh" | undefined {
  const lines = text.split("\n", LINES_MAX + 1);
  if (lines.length > LINES_MAX) return "not-ssh";
  // What follows the last line end is not whole yet.
  const line = lines.slice(0, -1).find((one) => one.startsWith("SSH-"));
  if (line === undefined) return undefined;
  const [, protocol, software, comment = ""] =
    /^SSH-([^-\s]{1,20})-([^\s]{1,250})(?: (.{0,250}))?\r?$/.exec(line) ?? [];
  if (protocol === undefined || software === undefined) return "not-ssh";
  return { protocol: plainText(protocol, 20), software: plainText(software, 100), comment: plainText(comment, 100) };
}

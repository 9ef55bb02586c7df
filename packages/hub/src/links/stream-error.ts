import { MusterError } from "@muster/core";

/** What a server says that cannot give a log begins with this where its policy refuses. */
const POLICY_WORDS = "policy: ";

/** Why a stream of a server ended, as the catalogue says it. */
export const streamError = (said: string): MusterError =>
  said.startsWith(POLICY_WORDS)
    ? new MusterError("ACTION_REFUSED", { message: said.slice(POLICY_WORDS.length) })
    : new MusterError("LOG_UNREADABLE", { message: said });

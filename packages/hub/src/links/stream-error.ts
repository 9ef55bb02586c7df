import { MusterError } from "@muster/core";

/** What a server says that gives no stream begins with this where its policy refuses. */
const POLICY_WORDS = "policy: ";

/** Why a stream of a server ended, as the catalogue says it. */
export function streamError(said: string): MusterError {
  if (said.startsWith(POLICY_WORDS))
    return new MusterError("ACTION_REFUSED", { message: said.slice(POLICY_WORDS.length) });
  // What an older agent says to a stream that it does not know.
  if (said === "unsupported")
    return new MusterError("SERVER_OFFLINE", { message: "The agent there is too old for this; upgrade it." });
  return new MusterError("LOG_UNREADABLE", { message: said });
}

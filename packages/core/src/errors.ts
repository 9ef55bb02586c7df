/**
 * Every failure that a person or a program outside can meet. `status` is the HTTP answer, `exit` the code with which a
 * command ends, `retry` whether asking again can help, `text` the one sentence shown. Codes are never reused.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly exit: number;
  readonly retry: "never" | "later" | "corrected";
  readonly text: string;
}

const entry = (status: number, exit: number, retry: ErrorEntry["retry"], text: string): ErrorEntry => ({
  status,
  exit,
  retry,
  text,
});

export const ERRORS = {
  // Requests
  BAD_REQUEST: entry(400, 64, "corrected", "The request is not valid; the fields say what to correct."),
  BAD_JSON: entry(400, 64, "corrected", "The body is not valid JSON."),
  TWO_CREDENTIALS: entry(400, 64, "corrected", "Send either the session cookie or a bearer token, not both."),
  UNAUTHENTICATED: entry(401, 77, "corrected", "Sign in, or send a valid token."),
  WRONG_CREDENTIALS: entry(401, 77, "corrected", "The user name or the password is wrong."),
  STEP_UP_NEEDED: entry(
    403,
    77,
    "corrected",
    "Confirm your password again: this needs a proof of identity from the last five minutes.",
  ),
  FORBIDDEN: entry(403, 77, "never", "Your role does not allow this."),
  WRONG_ORIGIN: entry(
    403,
    77,
    "corrected",
    "The request does not come from this panel's own address; check the setting publicUrl.",
  ),
  CSRF_TOKEN_WRONG: entry(403, 77, "corrected", "The request lacks this session's token; reload the page."),
  NOT_FOUND: entry(404, 66, "never", "There is no such thing, or you may not see it."),
  METHOD_NOT_ALLOWED: entry(405, 64, "corrected", "This path does not answer that method."),
  CONFLICT: entry(409, 65, "corrected", "This clashes with something that exists; the fields say with what."),
  LAST_ADMIN: entry(409, 65, "corrected", "The last administrator stays; make another one first."),
  SETUP_DONE: entry(409, 65, "never", "The first administrator exists already; sign in."),
  SETUP_CODE_WRONG: entry(
    403,
    77,
    "corrected",
    "The sign-up link is wrong or used; the hub prints a valid one at its start.",
  ),
  BODY_TOO_LARGE: entry(413, 64, "corrected", "The body is larger than this path takes."),
  WRONG_CONTENT_TYPE: entry(415, 64, "corrected", "Send JSON, with content-type application/json."),
  WRONG_HOST: entry(
    421,
    64,
    "corrected",
    "This hub does not answer under that host name; check the setting publicUrl.",
  ),
  QUERY_TOO_LARGE: entry(422, 64, "corrected", "The answer would be too large; take a shorter range or a longer step."),
  QUERY_TIMED_OUT: entry(
    422,
    75,
    "corrected",
    "The answer took too long to make; take a shorter range, fewer servers or a longer step.",
  ),
  RATE_LIMITED: entry(429, 75, "later", "Too many requests; wait as long as the answer says."),
  INTERNAL: entry(500, 70, "later", "Something failed inside the hub; its log has the cause under this request id."),
  STORAGE_FULL: entry(507, 75, "later", "The hub's disk is full; reading works, writing resumes when there is space."),
  STORAGE_FAILED: entry(503, 75, "later", "The hub's storage does not work; its log has the cause."),
  STARTING: entry(503, 75, "later", "The hub is starting or stopping; ask again in a moment."),
  // Servers and actions
  SERVER_OFFLINE: entry(503, 69, "later", "The server is not connected now."),
  SERVER_PENDING: entry(403, 77, "later", "The server waits until an administrator accepts it."),
  SERVER_QUARANTINED: entry(
    403,
    77,
    "never",
    "The server is quarantined: two machines used its key. Revoke it and join anew.",
  ),
  ACTION_REFUSED: entry(403, 77, "never", "The server's own policy refuses this action."),
  LOG_UNREADABLE: entry(502, 69, "later", "The server cannot read this log."),
  ACTION_FAILED: entry(502, 72, "corrected", "The action failed: what it was to bring about was not seen."),
  ACTION_TIMED_OUT: entry(504, 75, "later", "The server did not answer in time; the outcome is unknown."),
  // Starting a program
  CONFIG_INVALID: entry(500, 78, "corrected", "The configuration is not valid."),
  DATABASE_NEWER: entry(
    500,
    79,
    "never",
    "The database was written by a newer Muster; run that version, or restore a backup.",
  ),
  DATABASE_DAMAGED: entry(500, 74, "never", "The database is damaged; restore a backup."),
  DATA_DIRECTORY_IN_USE: entry(500, 73, "corrected", "Another hub uses this data directory."),
  DATA_DIRECTORY_UNSAFE: entry(500, 77, "corrected", "The data directory has a wrong owner or mode."),
  ADDRESS_IN_USE: entry(500, 71, "corrected", "The listen address is taken by another program."),
  KEY_MISSING: entry(500, 78, "corrected", "The key-encryption key is missing; without it no secret can be read."),
  // Agent
  HUB_UNREACHABLE: entry(503, 69, "later", "The hub cannot be reached."),
  HUB_NOT_TRUSTED: entry(
    403,
    76,
    "never",
    "The hub's identity does not match the join token or the pinned key; nothing was sent.",
  ),
  JOIN_REFUSED: entry(403, 77, "never", "The hub refused: the token is wrong, used, expired or made for another name."),
  IDENTITY_UNSAFE: entry(500, 77, "corrected", "The agent's key or identity file has a wrong owner or mode."),
  NOT_JOINED: entry(500, 78, "corrected", "This machine has not joined a hub yet."),
  REVOKED: entry(403, 77, "never", "The hub revoked this agent."),
  NODE_TOO_OLD: entry(500, 69, "corrected", "Muster needs Node.js 24 or newer."),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** Facts about one failure: short, safe to show, never a secret. `fields` maps a path in the input to what is wrong there. */
export interface ErrorDetails {
  readonly fields?: Readonly<Record<string, string>>;
  /** Replaces the catalogue's sentence where a more exact one can be said. */
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/** A failure from the catalogue. The cause is for the log only. */
export class MusterError extends Error {
  override readonly name = "MusterError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(details.message ?? ERRORS[code].text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

export const isMusterError = (error: unknown, code?: ErrorCode): error is MusterError =>
  error instanceof MusterError && (code === undefined || error.code === code);

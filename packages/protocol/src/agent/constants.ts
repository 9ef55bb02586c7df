/**
 * Protocol versions: one growing number with a dated line per step. The last line is the current version (a test ties
 * them); features are worked out from it once, at hello.
 *
 * 1  2026-11-21  first version
 */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_VERSIONS: readonly number[] = [1];

export const AGENT_PATH = "/agent/v1";
export const AGENT_SUBPROTOCOL = "muster.1";

/** Limits of one connection; docs/spec/protocol.md states them and tests hold them. */
export const AGENT_LIMITS = {
  frameBytesMax: 1024 * 1024,
  /** A deflated message may unfold to at most this. */
  inflatedBytesMax: 4 * 1024 * 1024,
  batchesPerPackMax: 200,
  rowsPerBatchMax: 500,
  seriesPerLayoutMax: 2_000,
  layoutsPerSessionMax: 64,
  seriesPerServerMax: 5_000,
  factsBytesMax: 64 * 1024,
  resultBytesMax: 512 * 1024,
  outputBytesMax: 256 * 1024,
  servicesPerServerMax: 1_000,
  ledgerEntriesPerCallMax: 500,
  /** Streams of one session that are open at one time. */
  streamsOpenMax: 32,
  /** Items that a stream may be ahead of whoever reads it. */
  streamCreditMax: 2_000,
  itemsPerFrameMax: 500,
  itemsBytesMax: 512 * 1024,
  nameCharactersMax: 64,
  /** Batches sent and not yet acknowledged; the agent waits beyond this. */
  batchesInFlightMax: 64,
} as const;

/** Of one tunnel, and of one session. */
export const TUNNEL_LIMITS = {
  openMax: 16,
  /** Bytes of one item or frame, and the base64 of them. */
  dataBytesMax: 12 * 1024,
  dataCharactersMax: 16 * 1024,
  /** Items that the agent may be ahead of the hub's reader. */
  credit: 64,
  /** What the hub may have said and the other side has not taken yet; a tunnel with more ends. */
  unsentBytesMax: 1024 * 1024,
} as const;

/** Of one program that a server runs for a probe. */
export const PROGRAM_LIMITS = {
  /** Of its output and errors together; the rest is read and dropped. */
  outputBytesMax: 16 * 1024,
} as const;

/** How much of its policy a server tells; what is beyond these is left out, never cut in its middle. */
export const POLICY_SUMMARY_LIMITS = {
  entriesMax: 200,
  entryCharactersMax: 300,
  whyCharactersMax: 500,
  commandsMax: 100,
  argsPerCommandMax: 16,
  valuesPerArgMax: 100,
  filesMax: 200,
  pathCharactersMax: 1_024,
  /** Of all commands together, and of all files together, as JSON. */
  listCharactersMax: 64 * 1024,
} as const;

/**
 * How an agent's Node is started, wherever it is. Measured on an idle agent: without the helper threads of compilers and
 * collectors there are a quarter of the wake-ups and 3 MB less; the optimizing compiler stays, for the checksums of a
 * long spool.
 */
export const AGENT_NODE_FLAGS = ["--single-threaded", "--optimize-for-size", "--no-sparkplug", "--no-maglev"] as const;
export const AGENT_ENVIRONMENT = { MALLOC_ARENA_MAX: "1", UV_THREADPOOL_SIZE: "2" } as const;

export const NONCE_BYTES = 32;
/** A hub that hears nothing for this long asks; without an answer in the same time again the connection is closed. */
export const KEEPALIVE_MS = 25_000;
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A one-second focus lasts this long unless renewed, so that a hub that went away does not leave the agent busy. */
export const FOCUS_LEASE_MS = 20_000;
export const FOCUS_INTERVAL_MS = 1_000;
export const DEFAULT_INTERVAL_MS = 5_000;
/** How far a sample's time may be from the hub's before it is moved to the hub's and flagged. */
export const SAMPLE_AHEAD_MAX_MS = 60_000;

export const CLOSE = {
  /** The proof was wrong: try again after ten minutes. */
  badProof: 4401,
  /** Revoked: stop for good. */
  revoked: 4403,
  /** The frame breaks the protocol. */
  protocol: 4400,
  /** Not a version this side speaks. */
  version: 4426,
  quarantined: 4409,
  restarting: 1012,
  overload: 1013,
  tooBig: 1009,
} as const;

export const BAD_PROOF_RETRY_MS = 10 * 60_000;

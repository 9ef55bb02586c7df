import { MINUTE_MS } from "../time.ts";
import type { Instant } from "../time.ts";
import type { Outcome } from "./catalog.ts";

/** A command may begin on its server until so long after it was asked for. */
export const NOT_AFTER_MS = MINUTE_MS;
/** A command that was sent and has no result for so long ends `unknown`; a result that comes later still corrects it. */
export const RESULT_WITHIN_MS = 15 * MINUTE_MS;
/** A command without a result is sent again after so long, also while its connection stands: a frame may be lost. */
export const RESEND_AFTER_MS = MINUTE_MS;

/**
 * Where one command is on its way. `sent` is written down before the command leaves, so it means: the server has it or
 * may have it. `ended` by `server`: its own signed word; by `hub`: what the hub had to assume.
 */
export type DeliveryState =
  | { readonly is: "asked"; readonly notAfter: Instant }
  | {
      readonly is: "sent";
      readonly notAfter: Instant;
      readonly firstSentAt: Instant;
      readonly lastSentAt: Instant;
      /** Who asked may not ask for it any more, so it is not sent again; the server may have it nevertheless. */
      readonly withheld: boolean;
    }
  | { readonly is: "ended"; readonly by: "server" | "hub"; readonly outcome: Outcome["is"] };

export type DeliveryEvent =
  /** The server can take it, and whoever asked for it may still do so. */
  | { readonly is: "deliverable" }
  /** Whoever asked for it may not do so any more. */
  | { readonly is: "forbidden"; readonly why: string }
  /** The server was shut out for good. */
  | { readonly is: "shut-out"; readonly why: string }
  /** A signed result of the server. */
  | { readonly is: "result"; readonly outcome: Outcome }
  /** Time went by. */
  | { readonly is: "time" };

/** What is to be done, durably before anything that follows it. */
export type DeliveryEffect =
  /** Write `sent` down, then send the same core in a new delivery. */
  | { readonly is: "send" }
  /** Tell the audit log that it is not sent again. */
  | { readonly is: "withhold"; readonly why: string }
  | { readonly is: "end"; readonly outcome: Outcome }
  /** The server's word replaces what the hub had assumed. */
  | { readonly is: "correct"; readonly outcome: Outcome };

export interface DeliveryStep {
  readonly state: DeliveryState;
  readonly effect: DeliveryEffect | undefined;
}

/** Where a command stands as people are told it, in one word: asked, sent or its outcome. */
export const stageOf = ({
  state,
  outcome,
}: {
  readonly state: DeliveryState["is"];
  readonly outcome: Outcome["is"] | null;
}): "asked" | "sent" | Outcome["is"] => (state === "ended" ? (outcome ?? "unknown") : state);

type In<S extends DeliveryState["is"]> = Extract<DeliveryState, { readonly is: S }>;
type On<E extends DeliveryEvent["is"]> = Extract<DeliveryEvent, { readonly is: E }>;
type Table = {
  readonly [S in DeliveryState["is"]]: {
    readonly [E in DeliveryEvent["is"]]: (state: In<S>, event: On<E>, now: Instant) => DeliveryStep;
  };
};

const stay = (state: DeliveryState): DeliveryStep => ({ state, effect: undefined });

/** The hub assumes an outcome. */
const assume = (is: Outcome["is"], detail: string): DeliveryStep => ({
  state: { is: "ended", by: "hub", outcome: is },
  effect: { is: "end", outcome: { is, detail } },
});

const proven = (outcome: Outcome, effect: "end" | "correct"): DeliveryStep => ({
  state: { is: "ended", by: "server", outcome: outcome.is },
  effect: { is: effect, outcome },
});

const NOT_IN_TIME = "not delivered in time: the server was not connected";

const TABLE: Table = {
  asked: {
    deliverable: (state, _, now) =>
      now > state.notAfter
        ? assume("failed", NOT_IN_TIME)
        : {
            state: { is: "sent", notAfter: state.notAfter, firstSentAt: now, lastSentAt: now, withheld: false },
            effect: { is: "send" },
          },
    forbidden: (_, { why }) => assume("refused", `cancelled before it was sent: ${why}`),
    "shut-out": (_, { why }) => assume("failed", `cancelled before it was sent: ${why}`),
    // It was never sent, so that a word on it is none of this command; yet the server's word is the better one.
    result: (_, { outcome }) => proven(outcome, "end"),
    time: (state, _, now) => (now > state.notAfter ? assume("failed", NOT_IN_TIME) : stay(state)),
  },
  sent: {
    // Also when its time has passed: a server that has it answers what came of it, one that has not refuses it as late.
    deliverable: (state, _, now) => ({ state: { ...state, lastSentAt: now, withheld: false }, effect: { is: "send" } }),
    forbidden: (state, { why }) =>
      state.withheld ? stay(state) : { state: { ...state, withheld: true }, effect: { is: "withhold", why } },
    "shut-out": (_, { why }) => assume("unknown", `it was sent, and no result came before ${why}`),
    result: (_, { outcome }) => proven(outcome, "end"),
    time: (state, _, now) =>
      now - state.firstSentAt > RESULT_WITHIN_MS
        ? assume("unknown", `it was sent, and no result came for ${RESULT_WITHIN_MS / MINUTE_MS} minutes`)
        : stay(state),
  },
  ended: {
    deliverable: stay,
    forbidden: stay,
    "shut-out": stay,
    // The first signed word counts. A second one can only be the same again.
    result: (state, { outcome }) => (state.by === "server" ? stay(state) : proven(outcome, "correct")),
    time: stay,
  },
};

/** What an event makes of a command's delivery. Pure: time is an argument, effects are returned. */
export function deliver(state: DeliveryState, event: DeliveryEvent, now: Instant): DeliveryStep {
  const cell = TABLE[state.is][event.is] as (state: DeliveryState, event: DeliveryEvent, now: Instant) => DeliveryStep;
  return cell(state, event, now);
}

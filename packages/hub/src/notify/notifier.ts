import type { Duplex } from "node:stream";
import type { Clock, Logger, Notice, NotifierKindName, NotifierSettingsOf } from "@muster/core";
import type { IncidentAct } from "./incident-acts.ts";
import type { EgressAnswer, EgressFailed, EgressRequest } from "@muster/node-kit";

/** The way out of one notifier: to exactly what its own settings name, which may be private, and to nothing else that is blocked. */
export interface NotifierWay {
  /** One HTTP request. Never throws. */
  request(
    request: Omit<EgressRequest, "purpose" | "opened" | "account" | "over">,
    signal: AbortSignal,
  ): Promise<EgressAnswer>;
  /** A connection for another language than HTTP; the stream is the caller's to destroy. Never throws. */
  connect(
    host: string,
    port: number,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly socket: Duplex; readonly durationMs: number } | EgressFailed>;
}

export interface NotifierDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly way: NotifierWay;
  /** Opened only here. */
  readonly secret: string | undefined;
  /** What can be done about an incident from where it is told, for kinds whose messages can have buttons. */
  readonly offersOf?: (incidentId: string) => readonly IncidentAct[];
}

/** What came of one attempt. `detail` may be shown to anybody: it holds no secret and nothing that was answered. */
export type Delivery =
  /** `ref`: names the message at its vendor, so that it can be brought up to date. */
  | { readonly outcome: "sent"; readonly ref?: string }
  | {
      readonly outcome: "failed";
      readonly detail: string;
      /**
       * `never`: this message would be refused again. `lasting`: every message would be, until somebody changes something
       * here or at the vendor's (AL36).
       */
      readonly retry: "later" | "never" | "lasting";
      /** Not before so long, where the vendor says so. */
      readonly waitMs?: number;
    };

/** Knows one vendor's dialect; the dispatcher knows everything else: when, how often, to whom. */
export interface Notifier {
  /** Tells once. `ref`: what the same incident's earlier message is called, where there is one. Ends with the signal. */
  deliver(notice: Notice, ref: string | undefined, signal: AbortSignal): Promise<Delivery>;
  /** Sends a text that somebody wrote by hand, where the kind can. Ends with the signal. */
  say?(text: string, signal: AbortSignal): Promise<Delivery>;
}

/** Makes notifiers of one kind; does no I/O. */
export type CreateNotifier<K extends NotifierKindName> = (
  settings: NotifierSettingsOf<K>,
  deps: NotifierDeps,
) => Notifier;

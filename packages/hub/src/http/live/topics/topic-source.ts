import type { LiveStates, LiveTopicKind } from "@muster/protocol";

/** One topic that somebody looks at. */
export interface OpenTopic {
  /** The id after the slash; "" for topics without one. */
  readonly id: string;
  /** Something is other than it was told: it is told as soon as its gap allows. */
  readonly plan: () => void;
  /** It cannot be told now; whoever looks hears why. */
  readonly refuse: (error: unknown) => void;
  /** Aborts when nobody looks any more. */
  readonly signal: AbortSignal;
}

/** Tells one topic for all who look at it; made when the first comes, and ended by the topic's signal. */
export interface TopicTeller<State> {
  /** All of it, for somebody who knows nothing yet; undefined while there is nothing to tell. */
  whole(): State | undefined | Promise<State | undefined>;
  /** What is other than at the last call; undefined when nothing is. Absent: it is always told whole. */
  change?(): State | undefined;
}

/** A kind of topic. */
export interface TopicSource<State> {
  /** Whether the topic's object is there. Absent: it always is. */
  exists?(id: string): boolean | Promise<boolean>;
  open(topic: OpenTopic): TopicTeller<State>;
  /** Told at once when its gap is over, not a turn later: for what a person waits for. */
  readonly isUrgent?: true;
}

export type TopicSources = { readonly [K in LiveTopicKind]: TopicSource<LiveStates[K]> };

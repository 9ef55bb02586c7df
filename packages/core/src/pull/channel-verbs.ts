import type { Verb } from "../services/service.ts";

/** What can be done to a channel of a server that lets its channels be acted on. */
export const CHANNEL_VERBS = ["start", "stop", "restart"] as const satisfies readonly Verb[];
export type ChannelVerb = (typeof CHANNEL_VERBS)[number];

export const isChannelVerb = (verb: Verb): verb is ChannelVerb => (CHANNEL_VERBS as readonly Verb[]).includes(verb);

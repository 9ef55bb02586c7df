import type { Instant } from "../time.ts";

export const STATUS_PAGES_MAX = 50;
/** Things that one page shows. */
export const STATUS_PAGE_ITEMS_MAX = 100;
export const STATUS_PAGE_SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
export const STATUS_PAGE_LANGUAGES = ["en", "ru"] as const;
export type StatusPageLanguage = (typeof STATUS_PAGE_LANGUAGES)[number];
export const STATUS_PAGE_THINGS = ["server", "service", "probe"] as const;
export type StatusPageThing = (typeof STATUS_PAGE_THINGS)[number];
export const ANNOUNCEMENT_KINDS = ["note", "maintenance"] as const;

/** How something stands for the public, best first; of several the last one tells. */
export const PUBLIC_STATES = ["up", "unknown", "maintenance", "degraded", "down"] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

/** Something of the fleet, and what the public calls it. */
export interface StatusPageItem {
  readonly kind: StatusPageThing;
  readonly id: string;
  readonly name: string;
}

/** What is said at the head of a page until it ends. */
export interface Announcement {
  readonly kind: (typeof ANNOUNCEMENT_KINDS)[number];
  readonly text: string;
  /** Null: until somebody takes it away. */
  readonly until: Instant | null;
}

/** What is shown to anybody who knows the address, and nothing else is. */
export interface StatusPage {
  readonly id: string;
  /** The last part of its address. */
  readonly slug: string;
  readonly name: string;
  /** Nobody sees one that is not. */
  readonly isEnabled: boolean;
  readonly language: StatusPageLanguage;
  /** Plain text; may be empty. */
  readonly text: string;
  readonly announcement: Announcement | null;
  readonly showsIncidents: boolean;
  /** Bars of the last 24 hours. */
  readonly showsHours: boolean;
  /** Bars of the last 90 days. */
  readonly showsDays: boolean;
  readonly items: readonly StatusPageItem[];
}

/** Tells things apart, whatever page shows them. */
export const thingKey = ({ kind, id }: Pick<StatusPageItem, "kind" | "id">): string => `${kind} ${id}`;

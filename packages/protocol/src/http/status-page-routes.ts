import {
  ANNOUNCEMENT_KINDS,
  PUBLIC_STATES,
  STATUS_PAGE_ITEMS_MAX,
  STATUS_PAGE_LANGUAGES,
  STATUS_PAGE_SLUG,
  STATUS_PAGE_THINGS,
} from "@muster/core";
import { z } from "zod";
import { id, instant } from "./resources.ts";
import type { Route } from "./route.ts";

/** One line that the public reads. */
const line = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u, "must hold no control characters");
/** Several lines of it. */
const lines = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^(?:[^\p{Cc}\p{Cf}]|\n)*$/u, "must hold no control characters but line breaks");

const announcement = z.strictObject({
  kind: z.enum(ANNOUNCEMENT_KINDS),
  text: lines(2_000).min(1),
  until: instant.nullable().default(null).describe("shown until then; null: until it is taken away"),
});
const item = z.strictObject({
  kind: z.enum(STATUS_PAGE_THINGS),
  id,
  name: line.describe("what the public calls it"),
});

const definition = z.strictObject({
  slug: z
    .string()
    .regex(STATUS_PAGE_SLUG, "must be 1 to 64 small letters, digits and hyphens, at the ends no hyphen")
    .describe("the last part of its address, /status/{slug}"),
  name: line,
  isEnabled: z.boolean().default(false).describe("whether everybody who knows the address may see it"),
  language: z.enum(STATUS_PAGE_LANGUAGES).default("en"),
  text: lines(4_000).default(""),
  announcement: announcement.nullable().default(null),
  showsIncidents: z.boolean().default(false).describe("by public name and state, from errors on"),
  showsHours: z.boolean().default(false).describe("bars of the last 24 hours"),
  showsDays: z.boolean().default(false).describe("bars of the last 90 days"),
  items: z.array(item).max(STATUS_PAGE_ITEMS_MAX).default([]),
});

export const statusPage = z.object({
  id,
  ...definition.shape,
  items: z.array(z.object({ ...item.shape, isGone: z.boolean().describe("it is not there any more, and not shown") })),
});
export type StatusPageView = z.infer<typeof statusPage>;

/** Whatever a field is by default, one that is absent stays. */
const patch = z.strictObject({
  slug: definition.shape.slug.optional(),
  name: definition.shape.name.optional(),
  isEnabled: z.boolean().optional(),
  language: z.enum(STATUS_PAGE_LANGUAGES).optional(),
  text: lines(4_000).optional(),
  announcement: announcement.nullable().optional(),
  showsIncidents: z.boolean().optional(),
  showsHours: z.boolean().optional(),
  showsDays: z.boolean().optional(),
  items: definition.shape.items.unwrap().optional(),
});

const bar = z.object({ from: instant, upRatio: z.number().nullable() });
/** What everybody is told: `/status/{slug}.json`, which is no route of the API. */
export const publicStatusAnswer = z.strictObject({
  name: z.string(),
  text: z.string(),
  announcement: announcement.nullable(),
  state: z.enum(PUBLIC_STATES),
  at: instant,
  things: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(PUBLIC_STATES),
      hours: z.array(bar).optional(),
      days: z.array(bar).optional(),
    }),
  ),
  incidents: z
    .array(z.strictObject({ name: z.string(), state: z.enum(["maintenance", "degraded", "down"]) }))
    .optional(),
});

const byId = z.strictObject({ id });

/** Doors of status pages; part of `ROUTES`. */
export const STATUS_PAGE_ROUTES = {
  "GET /api/v1/status-pages": {
    summary: "All status pages. What the public sees of one is at /status/{slug}, and as JSON at /status/{slug}.json.",
    permission: "status-pages.read",
    rate: "read",
    answer: z.object({ items: z.array(statusPage) }),
  },
  "POST /api/v1/status-pages": {
    summary: "Adds a status page; nobody sees it before it is switched on.",
    permission: "status-pages.write",
    rate: "write",
    body: definition,
    answer: statusPage,
    status: 201,
    errors: ["CONFLICT", "NOT_FOUND"],
  },
  "PATCH /api/v1/status-pages/{id}": {
    summary: "Changes a status page, switches it on or off, announces something on it.",
    permission: "status-pages.write",
    rate: "write",
    params: byId,
    body: patch,
    answer: statusPage,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "DELETE /api/v1/status-pages/{id}": {
    summary: "Removes a status page.",
    permission: "status-pages.write",
    rate: "write",
    params: byId,
    answer: z.null(),
    status: 204,
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Route>;

import { MusterError, thingKey } from "@muster/core";
import type { StatusPageItem } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { StatusPageDesk } from "../../status-pages/status-page-desk.ts";
import { changesBy } from "../handler.ts";
import type { Handlers } from "../handler.ts";

type StatusPageRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/status-pages${string}`>>;

export interface StatusPageRouteDeps {
  readonly statusPages: StatusPageDesk;
  readonly bus: CommandBus;
}

export function statusPageRoutes({ statusPages, bus }: StatusPageRouteDeps): StatusPageRoutes {
  const change = changesBy(bus, "status-pages.write");
  /** What went away since it was put on the page may stay on it. */
  const check = (items: readonly StatusPageItem[], before: readonly StatusPageItem[] = []): void => {
    const known = new Set(before.map(thingKey));
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const key = thingKey(item);
      if (seen.has(key))
        throw new MusterError("BAD_REQUEST", { fields: { [`body.items.${index}`]: "is on the page already" } });
      seen.add(key);
      if (!known.has(key) && !statusPages.has(item))
        throw new MusterError("NOT_FOUND", { fields: { [`body.items.${index}.id`]: `there is no such ${item.kind}` } });
    }
  };
  return {
    "GET /api/v1/status-pages": async () => ({ items: [...statusPages.views()] }),

    "POST /api/v1/status-pages": async (context) => {
      const { body } = context;
      check(body.items);
      const args = { slug: body.slug, isEnabled: body.isEnabled, things: body.items.map(thingKey).join(", ") };
      return change(context, "status-page.add", body.name, args, () => statusPages.add(body));
    },

    "PATCH /api/v1/status-pages/{id}": async (context) => {
      const { params, body } = context;
      const { id, ...before } = statusPages.get(params.id);
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const page = { ...before, ...given };
      check(page.items, before.items);
      const args = {
        ...{ pageId: id, fields: Object.keys(given), slug: page.slug, isEnabled: page.isEnabled },
        ...(body.items && { things: body.items.map(thingKey).join(", ") }),
      };
      return change(context, "status-page.change", before.name, args, () => statusPages.change(id, page));
    },

    "DELETE /api/v1/status-pages/{id}": async (context) => {
      const { id, name, slug } = statusPages.get(context.params.id);
      await change(context, "status-page.delete", name, { pageId: id, slug }, () => statusPages.delete(id));
      return null;
    },
  };
}

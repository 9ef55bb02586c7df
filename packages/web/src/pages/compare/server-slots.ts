import { PICKED_MAX } from "../../fleet/picked.ts";

/** As many lines as can be told apart. */
export const COMPARED_SERVERS_MAX = PICKED_MAX;

/**
 * The servers of an address, each in the slot that gives it its colour: `a,,b` keeps the slot of one that was taken
 * out, so that nobody else's colour changes.
 */
export type ServerSlots = readonly (string | undefined)[];

const ID = /^[0-9a-f-]{36}$/;

/** Whatever is no id, or stands there twice, leaves its slot empty. */
export function parseSlots(text: string | undefined): ServerSlots {
  const seen = new Set<string>();
  return (text ?? "")
    .split(",")
    .slice(0, COMPARED_SERVERS_MAX)
    .map((id) => {
      if (!ID.test(id) || seen.has(id)) return undefined;
      seen.add(id);
      return id;
    });
}

/** Undefined when none is left. */
export function formatSlots(slots: ServerSlots): string | undefined {
  const text = slots.map((id) => id ?? "").join(",");
  return text.replace(/,+$/, "") || undefined;
}

export const idsOf = (slots: ServerSlots): readonly string[] => slots.filter((id) => id !== undefined);

/** Takes a server out, or puts it into the first empty slot; with every slot taken nothing changes. */
export function toggleServer(slots: ServerSlots, id: string): ServerSlots {
  if (slots.includes(id)) return slots.map((other) => (other === id ? undefined : other));
  const empty = slots.indexOf(undefined);
  if (empty >= 0) return slots.with(empty, id);
  return slots.length < COMPARED_SERVERS_MAX ? [...slots, id] : slots;
}

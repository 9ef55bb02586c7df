import type { SilenceView } from "@muster/protocol";

export type SilenceStand = "active" | "planned" | "ended";

/** How a silence stands by the hub's clock. */
export function standOf({ from, until }: Pick<SilenceView, "from" | "until">, now: number): SilenceStand {
  if (now >= until) return "ended";
  return now < from ? "planned" : "active";
}

import type { DeliveryView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { ago, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { shortIds } from "./find.ts";

/** What was told, is to be told, or could not be. */
export function deliveryTable(
  deliveries: readonly DeliveryView[],
  colours: Colours,
  now: number,
): Promise<string> | string {
  if (deliveries.length === 0) return "No deliveries.\n";
  const colour = { waiting: colours.warning, sent: colours.good, failed: colours.bad };
  const short = shortIds(deliveries);
  return renderTable(
    [
      { title: "delivery" },
      { title: "id" },
      { title: "notifier" },
      { title: "notice" },
      { title: "asked" },
      { title: "tried", align: "right" },
      { title: "what" },
      { title: "detail" },
    ],
    deliveries.map((one) => [
      { text: one.state, colour: colour[one.state] },
      short(one.id),
      one.notifier || UNKNOWN,
      one.kind,
      utc(one.askedAt),
      String(one.attempts),
      one.title,
      deliveryDetail(one, now),
    ]),
  );
}

function deliveryDetail({ detail, nextAt, endedAt }: DeliveryView, now: number): string {
  const when =
    nextAt !== null
      ? nextAt > now
        ? `again in ${span(nextAt - now)}`
        : "due"
      : endedAt !== null
        ? ago(endedAt, now)
        : "";
  return [detail, when].filter((part) => part !== "").join(", ");
}

import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";

/** How long ago a moment was, and on pointing at it when. `at` is in milliseconds of the hub's clock. */
export function Since({ at }: { readonly at: number }) {
  const format = useFormat();
  const now = useHubSecond();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
      {format.duration(Math.max(0, now - at))}
    </time>
  );
}

/** An instant as agents write it: ISO 8601 in UTC. */
const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z/;

/**
 * What an agent says of its clock, in the reader's words and time zone: `sentence` around the instant as `write`
 * writes it. Older agents answer with bare epoch milliseconds. Any other text stays as it is.
 */
export function spokenClock(
  detail: string,
  sentence: (time: string) => string,
  write: (instant: number) => string,
): string {
  const instant = /^\d{13}$/.test(detail) ? Number(detail) : instantAfterClock(detail);
  return Number.isNaN(instant) ? detail : sentence(write(instant));
}

const instantAfterClock = (detail: string): number =>
  Date.parse(/clock/.test(detail) ? (INSTANT.exec(detail)?.[0] ?? "") : "");

/** An instant as a `datetime-local` input wants it, in the viewer's zone, with seconds. */
export function toLocalInput(instant: number): string {
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Undefined for what is no time. */
export function fromLocalInput(text: string): number | undefined {
  const instant = text === "" ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(instant) ? undefined : instant;
}

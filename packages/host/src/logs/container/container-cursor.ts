/** A place in a container's log: which container, the time of its last line, and how many lines of this time came before it. */
export interface ContainerPlace {
  readonly id: string;
  readonly time: string;
  /** 1 for the first line of its time. */
  readonly nth: number;
}

const CURSOR = /^c1:([0-9a-f]{12,64}):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z):(\d{1,9})$/;

export const formatContainerCursor = ({ id, time, nth }: ContainerPlace): string => `c1:${id}:${time}:${nth}`;

export function parseContainerCursor(text: string): ContainerPlace | undefined {
  const found = CURSOR.exec(text);
  return found === null ? undefined : { id: found[1]!, time: found[2]!, nth: Number(found[3]) };
}

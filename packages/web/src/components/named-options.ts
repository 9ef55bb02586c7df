import type { PickOption } from "./pick-list.tsx";

/** Things as the options of a select or of a list to tick, by their names. */
export const namedOptions = (things: Iterable<{ readonly id: string; readonly name: string }>): PickOption[] =>
  Array.from(things, ({ id, name }) => ({ value: id, label: name }));

import type { PickOption } from "./pick-list.tsx";

/** The options of a select with the one that is picked, called `label` where it is not among them: one that is gone would
 * look like none, and then none could not be picked. */
export const withPicked = (options: readonly PickOption[], picked: string, label: string): PickOption[] =>
  options.some(({ value }) => value === picked) ? [...options] : [...options, { value: picked, label }];

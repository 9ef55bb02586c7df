import type { KeyboardEvent } from "react";

/** For a field that only looks for something inside a form: Enter in it does not send the form. */
export function keepFormOpen(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}

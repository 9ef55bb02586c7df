import { Observable } from "../browser/observable.ts";
import type { SilenceMeant } from "./silence-draft.ts";

/** What was asked for in a row, a bar or on another page; the shell shows the dialog. */
export type AskedDialog =
  | { readonly is: "snooze"; readonly ids: readonly string[] }
  /** What it begins with. */
  | { readonly is: "silence"; readonly meant: SilenceMeant };

export const askedDialog = new Observable<AskedDialog | undefined>(undefined);

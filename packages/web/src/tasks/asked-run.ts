import { Observable } from "../browser/observable.ts";

/** The id of the task that somebody wants to run now, until they have said that they mean it. */
export const askedRun = new Observable<string | undefined>(undefined);

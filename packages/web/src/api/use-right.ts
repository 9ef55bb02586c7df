import type { Right } from "@muster/core";
import { useObservable } from "../browser/observable.ts";
import { session } from "./session.ts";

/** Whether the person may do this, as far as the role says; the hub decides anew at each request. */
export const useRight = (right: Right): boolean => useObservable(session)?.rights.includes(right) ?? false;

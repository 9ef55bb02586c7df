import type { Verb } from "@muster/core";
import { Observable } from "../browser/observable.ts";
import type { Service } from "./services-view.ts";

/** A verb that was picked somewhere without a page of its own, such as the palette; the shell asks and shows what came of it. */
export const askedVerb = new Observable<{ readonly verb: Verb; readonly service: Service } | undefined>(undefined);

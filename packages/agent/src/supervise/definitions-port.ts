import { isFields } from "@muster/core";
import type { Execution, ServiceKey } from "@muster/core";
import type { Supervisor } from "./supervisor.ts";

/** Definitions as commands change them. */
export interface DefinitionsPort {
  /** @param text JSON; `secrets` is a list of names, or a map of each name to its value, null for one that stays */
  define(key: ServiceKey, text: string): Execution;
  undefine(key: ServiceKey, signal: AbortSignal): Promise<Execution>;
}

export const definitionsOf = (supervisor: Pick<Supervisor, "define" | "undefine">): DefinitionsPort => ({
  define(key, text) {
    const tree: unknown = JSON.parse(text);
    if (!isFields(tree)) return supervisor.define(key, tree);
    const given = tree["secrets"];
    if (!isFields(given)) return supervisor.define(key, tree);
    const values = Object.entries(given).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    );
    return supervisor.define(key, { ...tree, secrets: Object.keys(given) }, Object.fromEntries(values));
  },
  undefine: (key, signal) => supervisor.undefine(key, signal),
});

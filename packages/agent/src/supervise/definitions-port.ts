import { isFields } from "@muster/core";
import type { Execution, ServiceKey } from "@muster/core";
import type { Supervisor } from "./supervisor.ts";

/** Definitions as commands change them: `secrets` is a list of names, or maps each to its value, null for one that stays. */
export const definitionsOf = (supervisor: Pick<Supervisor, "define" | "undefine">) => ({
  define(key: ServiceKey, text: string): Execution {
    const tree: unknown = JSON.parse(text);
    if (!isFields(tree)) return supervisor.define(key, tree);
    const given = tree["secrets"];
    if (!isFields(given)) return supervisor.define(key, tree);
    const values = Object.entries(given).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    );
    return supervisor.define(key, { ...tree, secrets: Object.keys(given) }, Object.fromEntries(values));
  },
  undefine: (key: ServiceKey, signal: AbortSignal): Promise<Execution> => supervisor.undefine(key, signal),
});

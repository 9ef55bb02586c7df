import { isDriverName, serviceKeyText } from "@muster/core";
import type { ActionWitness, LedgerNote } from "@muster/core";
import type { ServiceWatch } from "./service-watch.ts";

export interface ActionWitnessDeps {
  readonly watch: Pick<ServiceWatch, "beginAction" | "services">;
  readonly note: (note: LedgerNote) => void;
}

/**
 * Writes actions on services into their ledger, and puts the changes that they cause down to them. What Muster itself runs
 * is as it became before anybody hears of the outcome.
 */
export const actionWitness =
  ({ watch, note }: ActionWitnessDeps): ActionWitness =>
  ({ cmd, action, actor }) => {
    const driver = action.name.startsWith("container.") ? "container" : String(action.args["driver"]);
    const isOfService = action.name.startsWith("service.") || action.name.startsWith("container.");
    if (!isOfService || !isDriverName(driver)) return () => Promise.resolve();
    const name = String(action.args["name"]);
    const key = serviceKeyText({ driver, name });
    const from = watch.services.get(key)?.state ?? null;
    const end = watch.beginAction({ driver, name }, cmd);
    return ({ outcome, detail }) => {
      const verb = action.name.split(".")[1] ?? action.name;
      const cause = `${actor} asked for ${verb}: ${outcome}${detail === "" ? "" : `, ${detail}`}`;
      note({ driver, name, event: "action", from, to: watch.services.get(key)?.state ?? null, cause, cmd });
      return end();
    };
  };

import { expect, test } from "vitest";
import { askedDialog } from "./asked-dialog.ts";
import { forgetIncidents } from "./incidents.ts";
import { pickedIncidents } from "./picked-incidents.ts";

test("[UI19] whoever signs in next finds no incident picked and no dialog of the person before", () => {
  pickedIncidents.toggle("a");
  askedDialog.set({ is: "snooze", ids: ["a"] });
  forgetIncidents();
  expect(pickedIncidents.get().size).toBe(0);
  expect(askedDialog.get()).toBeUndefined();
});

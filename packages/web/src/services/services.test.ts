import { expect, test } from "vitest";
import { askedVerb } from "./asked-verb.ts";
import { pickedServices } from "./picked-services.ts";
import { forgetServices } from "./services.ts";
import { testService } from "./test-service.ts";

test("[UI19] whoever signs in next finds no service picked and no question of the person before", () => {
  pickedServices.toggle("a");
  askedVerb.set({ verb: "stop", service: testService({ name: "api" }) });
  forgetServices();
  expect(pickedServices.get().size).toBe(0);
  expect(askedVerb.get()).toBeUndefined();
});

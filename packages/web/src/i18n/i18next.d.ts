import "i18next";
import type { en as alertsEn } from "../incidents/texts/en.ts";
import type { en as linksEn } from "../links/texts/en.ts";
import type { en as probesEn } from "../probes/texts/en.ts";
import type { en as tasksEn } from "../tasks/texts/en.ts";
import type { en } from "./en.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    readonly defaultNS: "translation";
    readonly resources: {
      readonly translation: typeof en;
      readonly links: typeof linksEn;
      readonly probes: typeof probesEn;
      readonly alerts: typeof alertsEn;
      readonly tasks: typeof tasksEn;
    };
    readonly returnNull: false;
  }
}

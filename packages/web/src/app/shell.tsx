import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../api/use-right.ts";
import { stepUpQuestion } from "../api/step-up.ts";
import { useObservable } from "../browser/observable.ts";
import { useHotkey } from "../browser/use-hotkey.ts";
import { askedDialog } from "../incidents/asked-dialog.ts";
import { noticesChoice } from "../incidents/desktop-notices.ts";
import { askedVerb } from "../services/asked-verb.ts";
import { LinkBanner } from "./link-banner.tsx";
import { Navigation } from "./navigation.tsx";
import styles from "./shell.module.css";

const Palette = lazy(() => import("./palette.tsx").then((module) => ({ default: module.Palette })));
const BulkDialog = lazy(() => import("../services/bulk-dialog.tsx").then((module) => ({ default: module.BulkDialog })));
const AskedDialogs = lazy(() =>
  import("../incidents/asked-dialogs.tsx").then((module) => ({ default: module.AskedDialogs })),
);
const IncidentNotices = lazy(() =>
  import("../incidents/incident-notices.tsx").then((module) => ({ default: module.IncidentNotices })),
);
const StepUpDialog = lazy(() => import("./step-up-dialog.tsx").then((module) => ({ default: module.StepUpDialog })));

/** What surrounds every page: navigation, the banner about the link to the hub, palette and the question for the password. */
export function Shell() {
  const { t } = useTranslation();
  const [palette, setPalette] = useState<"closed" | "open">("closed");
  const question = useObservable(stepUpQuestion);
  const asked = useObservable(askedVerb);
  const askedOfIncidents = useObservable(askedDialog);
  const notices = useObservable(noticesChoice);
  const mayReadIncidents = useRight("incidents.read");
  useHotkey("mod+k", () => setPalette("open"));
  return (
    <div className={styles.shell}>
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <Navigation onSearch={() => setPalette("open")} />
      <div className={styles.main}>
        <LinkBanner />
        <main id="content" tabIndex={-1} className={styles.content}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {palette === "open" && <Palette onClose={() => setPalette("closed")} />}
        {asked && <BulkDialog verb={asked.verb} services={[asked.service]} onClose={() => askedVerb.set(undefined)} />}
        {askedOfIncidents && <AskedDialogs asked={askedOfIncidents} />}
        {mayReadIncidents && notices === "on" && <IncidentNotices />}
        {question && <StepUpDialog question={question} />}
      </Suspense>
    </div>
  );
}

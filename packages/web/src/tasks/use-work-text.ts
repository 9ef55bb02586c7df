import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../api/use-right.ts";
import { useFleet } from "../fleet/fleet.ts";
import { NOTIFIERS } from "../incidents/alert-queries.ts";
import { useProbes } from "../probes/probes.ts";
import { serviceLabel } from "../services/service-label.ts";
import { useServices } from "../services/services.ts";
import type { Task } from "./tasks-view.ts";
import { useTaskTexts } from "./use-task-texts.ts";
import { workText } from "./work-text.ts";
import type { WorkNames } from "./work-text.ts";

/** What services, servers, probes and notifiers are called now. */
export function useWorkNames(): WorkNames {
  const { servers } = useFleet();
  const { services } = useServices();
  const { probes } = useProbes();
  const mayReadNotifiers = useRight("notifiers.read");
  const notifiers = useQuery({ ...NOTIFIERS, enabled: mayReadNotifiers });
  const items = notifiers.data?.items;
  return useMemo(
    () => ({
      service(id) {
        const service = services.get(id);
        return service && serviceLabel(service);
      },
      server: (id) => servers.get(id)?.name,
      probe: (id) => probes.get(id)?.name,
      notifier: (id) => items?.find((one) => one.id === id)?.name,
    }),
    [servers, services, probes, items],
  );
}

/** Says what a task does, in the language in use. */
export function useWorkText(): (work: Task["work"]) => string {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const names = useWorkNames();
  return useMemo(() => (work) => workText(work, { t, say, names }), [t, say, names]);
}

import { Button, CloseButton } from "@mantine/core";
import type { Verb } from "@muster/core";
import { IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../api/use-right.ts";
import bar from "../components/bulk-bar.module.css";
import { useObservable } from "../browser/observable.ts";
import { pickedServices } from "./picked-services.ts";
import type { Service } from "./services-view.ts";

const BulkDialog = lazy(() => import("./bulk-dialog.tsx").then((module) => ({ default: module.BulkDialog })));

const VERBS = [
  { verb: "start", icon: IconPlayerPlay },
  { verb: "restart", icon: IconRefresh },
  { verb: "stop", icon: IconPlayerStop },
] as const;

interface BulkBarProps {
  readonly services: ReadonlyMap<string, Service>;
  /** Those that the filter leaves. */
  readonly shown: readonly Service[];
}

/** What can be done to all that is picked, where the thumb is. Nothing while nothing is picked. */
export function BulkBar({ services, shown }: BulkBarProps) {
  const { t } = useTranslation();
  const picked = useObservable(pickedServices);
  const mayAct = useRight("actions.normal");
  const [asking, setAsking] = useState<{ readonly verb: Verb; readonly targets: readonly Service[] }>();
  const targets = [...picked].flatMap((id) => services.get(id) ?? []);
  if (targets.length === 0 && !asking) return null;
  return (
    <div className={bar.bulk} role="toolbar" aria-label={t("bulk.label")} data-testid="bulk-bar">
      <strong>{t("bulk.picked", { count: targets.length })}</strong>
      {shown.some(({ id }) => !picked.has(id)) && (
        <Button
          variant="subtle"
          onClick={() => pickedServices.toggleAll(shown.map(({ id }) => id))}
          data-testid="bulk-all"
        >
          {t("bulk.all", { count: shown.length })}
        </Button>
      )}
      <span className="grow" />
      {mayAct &&
        VERBS.map(({ verb, icon: Icon }) => (
          <Button
            key={verb}
            variant="default"
            leftSection={<Icon size={14} aria-hidden />}
            onClick={() => setAsking({ verb, targets })}
            data-testid={`bulk-${verb}`}
          >
            {t(`verb.${verb}`)}
          </Button>
        ))}
      <CloseButton aria-label={t("bulk.clear")} onClick={() => pickedServices.clear()} data-testid="bulk-clear" />
      {asking && (
        <Suspense fallback={null}>
          <BulkDialog verb={asking.verb} services={asking.targets} onClose={() => setAsking(undefined)} />
        </Suspense>
      )}
    </div>
  );
}

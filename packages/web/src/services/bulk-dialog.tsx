import { Button } from "@mantine/core";
import { actionNameOf } from "@muster/core";
import type { Verb } from "@muster/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "../actions/actions.module.css";
import { ActionOutcome } from "../actions/action-outcome.tsx";
import { isRunning } from "../actions/actions-view.ts";
import { useAsk } from "../actions/use-ask.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import { RunStateMark } from "../components/service-mark.tsx";
import type { Service } from "./services-view.ts";

interface BulkDialogProps {
  readonly verb: Verb;
  /** Those that were picked when it was opened. */
  readonly services: readonly Service[];
  readonly onClose: () => void;
}

/** What stands in the way of a verb on a service; the ones without are asked for. */
function obstacle(service: Service, verb: Verb): "offline" | "notAble" | "notGranted" | undefined {
  if (!service.isCurrent) return "offline";
  if (!service.verbs.includes(verb)) return "notAble";
  if (!service.granted.includes(verb)) return "notGranted";
  return undefined;
}

/** Says of each service what will happen, asks, and shows each outcome as it comes. */
export function BulkDialog({ verb, services, onClose }: BulkDialogProps) {
  const { t } = useTranslation();
  const asking = useAsk();
  const [wasAsked, setWasAsked] = useState(false);
  const able = services.filter((service) => obstacle(service, verb) === undefined);
  const servers = new Set(able.map(({ serverId }) => serverId)).size;
  const isOver = asking.actions.length > 0 && !asking.actions.some(isRunning);
  const ended = asking.actions.filter((action) => !isRunning(action));
  const good = ended.filter(({ outcome }) => outcome === "succeeded").length;
  const ask = (): void => {
    setWasAsked(true);
    asking.ask({ action: actionNameOf(verb), targets: { services: able.map(({ id }) => id) } });
  };
  return (
    <Dialog size="lg" onClose={onClose} title={t(`bulk.title`, { verb: t(`verb.${verb}`) })} testId="bulk-dialog">
      <div className="stack">
        {asking.actions.length === 0 ? (
          <div>
            {t("bulk.will", { count: able.length, verb: t(`verb.${verb}`) })} {t("bulk.onServers", { count: servers })}
            {able.length < services.length && (
              <span className="soft"> {t("bulk.leftOut", { count: services.length - able.length })}</span>
            )}
          </div>
        ) : (
          <div data-testid="bulk-progress" data-state={isOver ? "over" : "running"}>
            {t("bulk.progress", { done: ended.length, total: asking.actions.length })}
            {", "}
            <span className="good">{t("bulk.succeeded", { count: good })}</span>
            {ended.length > good && (
              <span className="bad">, {t("bulk.notSucceeded", { count: ended.length - good })}</span>
            )}
          </div>
        )}
        <ul className={styles.targets}>
          {services.map((service) => {
            const action = asking.actions.find(({ serviceId }) => serviceId === service.id);
            const why = obstacle(service, verb);
            return (
              <li key={service.id} data-testid="bulk-target" data-obstacle={why ?? "none"}>
                <span>
                  <ForeignText text={service.name} />{" "}
                  <span className="soft">
                    <ForeignText text={service.server} />
                  </span>
                </span>
                {action ? (
                  <ActionOutcome action={action} />
                ) : why === undefined ? (
                  <RunStateMark state={service.state} />
                ) : (
                  <span className="warning">{t(`bulk.${why}`)}</span>
                )}
              </li>
            );
          })}
        </ul>
        <ErrorNotice error={asking.error} />
        <div className="row">
          {asking.actions.length === 0 && (
            <Button
              color={verb === "stop" ? "red" : "indigo"}
              disabled={able.length === 0}
              loading={asking.isSending}
              onClick={ask}
              data-testid="bulk-submit"
            >
              {t("bulk.submit", { count: able.length, verb: t(`verb.${verb}`) })}
            </Button>
          )}
          <Button variant="default" onClick={onClose} data-testid="bulk-close">
            {t(wasAsked ? "common.close" : "common.cancel")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

import { ActionIcon } from "@mantine/core";
import { actionNameOf } from "@muster/core";
import type { Verb } from "@muster/core";
import { IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ActionStage } from "../actions/action-outcome.tsx";
import { useActions } from "../actions/actions.ts";
import { isRunning } from "../actions/actions-view.ts";
import { useAsk } from "../actions/use-ask.ts";
import { useRight } from "../api/use-right.ts";
import { errorText } from "../components/error-text.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { askedVerb } from "./asked-verb.ts";
import styles from "./services.module.css";
import type { Service } from "./services-view.ts";
import { needsConfirm } from "./verbs.ts";

const VERBS = [
  { verb: "start", icon: IconPlayerPlay },
  { verb: "restart", icon: IconRefresh },
  { verb: "stop", icon: IconPlayerStop },
] as const;

/** One press starts, restarts or stops what the row is of; what interrupts work asks first. The stage stands here while it runs. */
export function ActCell({ service }: { readonly service: Service }) {
  const { t } = useTranslation();
  const mayAct = useRight("actions.normal");
  const asking = useAsk();
  const running = useActions().find((action) => action.serviceId === service.id && isRunning(action));
  if (!mayAct) return null;
  if (running) return <ActionStage action={running} />;
  const press = (verb: Verb): void => {
    if (needsConfirm(verb)) askedVerb.set({ verb, service });
    else asking.ask({ action: actionNameOf(verb), targets: { services: [service.id] } });
  };
  const isUp = service.state === "running" || service.state === "starting";
  return (
    <span className={styles.act}>
      {VERBS.filter(({ verb }) => service.verbs.includes(verb)).map(({ verb, icon: Icon }) => (
        <ActionIcon
          key={verb}
          aria-label={t("service.confirmTitle", { verb: t(`verb.${verb}`), name: service.name })}
          title={t(service.granted.includes(verb) ? `verb.${verb}` : "service.notGranted")}
          disabled={
            !service.granted.includes(verb) ||
            !service.isCurrent ||
            asking.isSending ||
            (verb === "start") === isUp ||
            (verb === "stop" && service.state === "stopped")
          }
          onClick={() => press(verb)}
          data-testid={`act-${verb}`}
        >
          <Icon size={16} aria-hidden />
        </ActionIcon>
      ))}
      {asking.error !== null && (
        <span className="bad clip" role="alert" title={errorText(asking.error, t)}>
          <ForeignText text={errorText(asking.error, t)} />
        </span>
      )}
    </span>
  );
}

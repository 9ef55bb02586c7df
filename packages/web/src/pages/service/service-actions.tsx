import { Button, UnstyledButton } from "@mantine/core";
import { actionNameOf } from "@muster/core";
import type { Verb } from "@muster/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionOutcome } from "../../actions/action-outcome.tsx";
import { verbPolicyLine } from "../../actions/policy-line.ts";
import { PolicyHelp, RefusalHelp } from "../../actions/refusal-help.tsx";
import { useAsk } from "../../actions/use-ask.ts";
import { useRight } from "../../api/use-right.ts";
import detail from "../../components/detail-page.module.css";
import disclosure from "../../components/disclosure.module.css";
import { Disclosure } from "../../components/disclosure.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Service } from "../../services/services-view.ts";
import { isDangerous, likelyVerbs, needsConfirm } from "../../services/verbs.ts";
import styles from "./service.module.css";

/** The signal of a kill that a policy entry most often names. */
const KILL_SIGNAL = "KILL";

/** What can be done to a service, and what came of it. What its server does not grant says which line would. */
export function ServiceActions({ service }: { readonly service: Service }) {
  const { t } = useTranslation();
  const mayNormal = useRight("actions.normal");
  const mayDangerous = useRight("actions.dangerous");
  const asking = useAsk();
  const [confirm, setConfirm] = useState<Verb>();
  const [explained, setExplained] = useState<Verb>();
  const may = (verb: Verb): boolean => (isDangerous(actionNameOf(verb)) ? mayDangerous : mayNormal);
  const isGranted = (verb: Verb): boolean => service.granted.includes(verb);
  const likely = likelyVerbs(service).filter(may);
  const others = service.verbs.filter((verb) => may(verb) && !likely.includes(verb));
  const refused = service.verbs.filter((verb) => may(verb) && !isGranted(verb));

  const send = (verb: Verb): void => {
    setConfirm(undefined);
    setExplained(undefined);
    asking.ask({
      action: actionNameOf(verb),
      targets: { services: [service.id] },
      ...(verb === "kill" && { args: { signal: KILL_SIGNAL } }),
    });
  };
  const press = (verb: Verb): void => (needsConfirm(verb) ? setConfirm(verb) : send(verb));
  const isBusy = asking.isSending || asking.actions.some(({ state }) => state !== "ended");
  if (!mayNormal) return null;
  return (
    <div className={detail.actions} data-testid="service-actions">
      <div className="row wrap">
        {likely.map((verb) => (
          <Button
            key={verb}
            variant={(verb === "start" || verb === "unpause") && isGranted(verb) ? "filled" : "default"}
            disabled={!isGranted(verb) || isBusy || !service.isCurrent}
            title={isGranted(verb) ? undefined : t("service.notGranted")}
            onClick={() => press(verb)}
            data-testid={`verb-${verb}`}
          >
            {t(`verb.${verb}`)}
          </Button>
        ))}
        {others.length > 0 && (
          <Disclosure
            label={<IconDots size={16} aria-hidden />}
            name={t("service.more")}
            side="left"
            width={200}
            testId="verb-more"
          >
            {(close) =>
              others.map((verb) => (
                <UnstyledButton
                  key={verb}
                  className={disclosure.choice}
                  disabled={!isGranted(verb) || isBusy || !service.isCurrent}
                  title={isGranted(verb) ? undefined : t("service.notGranted")}
                  onClick={() => {
                    close();
                    press(verb);
                  }}
                  data-testid={`verb-${verb}`}
                >
                  {t(`verb.${verb}`)}
                </UnstyledButton>
              ))
            }
          </Disclosure>
        )}
        {asking.actions.map((action) => (
          <ActionOutcome key={action.id} action={action} />
        ))}
        {refused.length > 0 && asking.actions.length === 0 && (
          <span className="soft">
            {t("service.notGrantedVerbs")}{" "}
            {refused.map((verb, index) => (
              <span key={verb}>
                {index > 0 && ", "}
                <UnstyledButton
                  className={styles.explain}
                  aria-expanded={explained === verb}
                  onClick={() => setExplained(explained === verb ? undefined : verb)}
                  data-testid={`explain-${verb}`}
                >
                  {t(`verb.${verb}`)}
                </UnstyledButton>
              </span>
            ))}
          </span>
        )}
      </div>
      {explained !== undefined && <PolicyHelp server={service.server} line={verbPolicyLine(explained, service)} />}
      {asking.actions.map((action) => (
        <RefusalHelp
          key={action.id}
          action={{ ...action, args: { driver: service.driver, name: service.name, ...action.args } }}
        />
      ))}
      <ErrorNotice error={asking.error} />
      {confirm !== undefined && (
        <TypedConfirm
          title={t("service.confirmTitle", { verb: t(`verb.${confirm}`), name: service.name })}
          text={t(`verbWill.${confirm as "stop"}`, { server: service.server })}
          {...(confirm === "kill" && { word: service.name })}
          action={t(`verb.${confirm}`)}
          busy={asking.isSending}
          error={null}
          onConfirm={() => send(confirm)}
          onClose={() => setConfirm(undefined)}
        />
      )}
    </div>
  );
}

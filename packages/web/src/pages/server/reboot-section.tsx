import { grantingLine } from "@muster/core";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionOutcome } from "../../actions/action-outcome.tsx";
import { PolicyHelp, RefusalHelp } from "../../actions/refusal-help.tsx";
import { useAsk } from "../../actions/use-ask.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Server } from "../../fleet/fleet-view.ts";

/** Rebooting the machine, after its name was typed; where its policy has no entry for that, how to get one. */
export function RebootSection({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const mayAct = useRight("actions.dangerous");
  const asking = useAsk();
  const [confirm, setConfirm] = useState<"closed" | "open">("closed");
  const isGranted = server.policy?.actions?.includes("server.reboot") ?? false;
  if (!mayAct) return null;
  return (
    <section className="section">
      <h2>{t("actionName.server_reboot")}</h2>
      {isGranted ? (
        <div className="row wrap">
          <Button
            variant="default"
            disabled={server.presence.is !== "online"}
            onClick={() => setConfirm("open")}
            data-testid="reboot"
          >
            {t("serverActions.reboot")}
          </Button>
          {asking.actions.map((action) => (
            <ActionOutcome key={action.id} action={action} />
          ))}
        </div>
      ) : (
        <>
          <div className="soft">{t("serverActions.rebootNotGranted")}</div>
          <PolicyHelp server={server.name} line={grantingLine({ name: "server.reboot", args: {} })} />
        </>
      )}
      {asking.actions.map((action) => (
        <RefusalHelp key={action.id} action={action} />
      ))}
      <ErrorNotice error={confirm === "open" ? null : asking.error} />
      {confirm === "open" && (
        <TypedConfirm
          title={t("serverActions.rebootTitle", { name: server.name })}
          text={t("serverActions.rebootText")}
          word={server.name}
          action={t("serverActions.reboot")}
          busy={asking.isSending}
          error={null}
          onConfirm={() => {
            setConfirm("closed");
            asking.ask({ action: "server.reboot", targets: { servers: [server.id] } });
          }}
          onClose={() => setConfirm("closed")}
        />
      )}
    </section>
  );
}

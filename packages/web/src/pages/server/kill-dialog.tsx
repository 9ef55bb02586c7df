import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionOutcome } from "../../actions/action-outcome.tsx";
import { RefusalHelp } from "../../actions/refusal-help.tsx";
import { useAsk } from "../../actions/use-ask.ts";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Segments } from "../../components/segments.tsx";
import type { Process } from "../../fleet/process-list.ts";
import type { Server } from "../../fleet/fleet-view.ts";

const SIGNALS = ["TERM", "INT", "HUP", "USR1", "KILL"] as const;

interface KillDialogProps {
  readonly server: Server;
  readonly process: Process;
  readonly onClose: () => void;
}

/**
 * Sends a signal to one process. Its number and the instant of its start name it, so that a later process with the same
 * number is never meant.
 */
export function KillDialog({ server, process, onClose }: KillDialogProps) {
  const { t } = useTranslation();
  const asking = useAsk();
  const [signal, setSignal] = useState<(typeof SIGNALS)[number]>("TERM");
  const [typed, setTyped] = useState("");
  const { pid, startTicks, user } = process;
  const word = String(pid);
  const isReady = typed.trim() === word && startTicks !== undefined && asking.actions.length === 0;
  const isGranted = server.policy?.actions?.includes("process.kill") ?? false;
  return (
    <Dialog onClose={onClose} title={t("kill.title")} testId="kill-dialog">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          asking.ask({
            action: "process.kill",
            args: { pid, startTicks, user, signal },
            targets: { servers: [server.id] },
          });
        }}
      >
        <div>
          <strong>
            <ForeignText text={process.name} />
          </strong>{" "}
          <span className="soft">
            {pid} · <ForeignText text={user} />
          </span>
          <div className="mono soft" style={{ overflowWrap: "anywhere" }}>
            <ForeignText text={process.commandLine} />
          </div>
        </div>
        <Segments
          label={t("kill.signal")}
          value={signal}
          options={SIGNALS.map((value) => ({ value, label: value }))}
          onChange={setSignal}
          testId="kill-signal"
        />
        <div className="soft">{t(signal === "KILL" ? "kill.hard" : "kill.soft", { signal })}</div>
        {!isGranted && <div className="notice warning">{t("kill.notGranted")}</div>}
        {startTicks === undefined ? (
          <div className="notice warning">{t("kill.tooOld")}</div>
        ) : (
          <TextInput
            label={t("kill.type", { pid })}
            value={typed}
            autoComplete="off"
            inputMode="numeric"
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-testid="kill-word"
          />
        )}
        <ErrorNotice error={asking.error} />
        {asking.actions.map((action) => (
          <div key={action.id} className="stack">
            <ActionOutcome action={action} />
            <RefusalHelp action={action} />
          </div>
        ))}
        <div className="row">
          <Button type="submit" color="red" disabled={!isReady} loading={asking.isSending} data-testid="kill-submit">
            {t("kill.send", { signal })}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t(asking.actions.length > 0 ? "common.close" : "common.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionList } from "../../actions/action-list.tsx";
import { useAsk } from "../../actions/use-ask.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { commandArgs, commandFaults, firstValues } from "./command-args.ts";
import type { NamedCommand } from "./command-args.ts";
import styles from "./server.module.css";

/** Programs that the server's policy names, each with the arguments that it takes. */
export function CommandSection({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const mayAct = useRight("actions.dangerous");
  const commands = server.policy?.commands ?? [];
  if (!mayAct) return null;
  return (
    <section className="section" style={{ borderTop: 0 }} data-testid="commands">
      <h2>{t("serverActions.commands")}</h2>
      {commands.length === 0 && <div className="soft">{t("serverActions.noCommands")}</div>}
      {commands.map((command) => (
        <CommandForm key={command.name} server={server} command={command} />
      ))}
    </section>
  );
}

function CommandForm({ server, command }: { readonly server: Server; readonly command: NamedCommand }) {
  const { t } = useTranslation();
  const asking = useAsk();
  const [values, setValues] = useState(() => firstValues(command));
  const [confirm, setConfirm] = useState<"closed" | "open">("closed");
  const faults = commandFaults(command, values);
  const isReady = faults.size === 0 && server.presence.is === "online";
  const args = commandArgs(command, values);
  const written = [command.name, ...command.args.map(({ name }) => `${name}=${values[name] ?? ""}`)].join(" ");
  // The dialog stands outside the form: what is submitted in it would be submitted here too.
  return (
    <>
      <form
        className={styles.command}
        data-testid={`command-${command.name}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) setConfirm("open");
        }}
      >
        <div className="row wrap" style={{ alignItems: "flex-end" }}>
          <strong className={styles.commandName}>
            <ForeignText text={command.name} />
          </strong>
          {command.args.map((arg) => {
            const onChange = (value: string): void => setValues((old) => ({ ...old, [arg.name]: value }));
            return arg.type === "choice" ? (
              <NativeSelect
                key={arg.name}
                size="xs"
                label={arg.name}
                data={arg.values}
                value={values[arg.name] ?? ""}
                onChange={(event) => onChange(event.currentTarget.value)}
              />
            ) : (
              <TextInput
                key={arg.name}
                size="xs"
                w={120}
                label={`${arg.name}, ${arg.min}–${arg.max}`}
                inputMode="numeric"
                value={values[arg.name] ?? ""}
                error={faults.has(arg.name)}
                onChange={(event) => onChange(event.currentTarget.value)}
              />
            );
          })}
          <Button
            type="submit"
            variant="default"
            disabled={!isReady}
            loading={asking.isSending}
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            data-testid="command-run"
          >
            {t("serverActions.run")}
          </Button>
        </div>
        <ErrorNotice error={asking.error} />
        {asking.actions.length > 0 && <ActionList actions={asking.actions} server="hidden" />}
      </form>
      {confirm === "open" && (
        <TypedConfirm
          title={t("serverActions.runTitle", { name: server.name })}
          text={
            <>
              <div>{t("serverActions.runText")}</div>
              <code className="mono">
                <ForeignText text={written} />
              </code>
            </>
          }
          action={t("serverActions.run")}
          busy={asking.isSending}
          error={null}
          onConfirm={() => {
            setConfirm("closed");
            asking.ask({ action: "exec.run", args, targets: { servers: [server.id] } });
          }}
          onClose={() => setConfirm("closed")}
        />
      )}
    </>
  );
}

import { Button, Checkbox, NativeSelect } from "@mantine/core";
import type { SshKeyView } from "@muster/protocol";
import { useState } from "react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import styles from "../../links/links.module.css";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import type { ReplacementWanted } from "../../links/use-replacement.ts";

interface ReplacementFormProps {
  readonly oldKey: SshKeyView;
  readonly others: readonly SshKeyView[];
  readonly newKeyId: string;
  readonly onPick: (keyId: string) => void;
  readonly onMake: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onSubmit: (wanted: ReplacementWanted) => void;
}

/** Which key takes the place, on which servers, and what is done to their files. */
export function ReplacementForm(props: ReplacementFormProps) {
  const { oldKey, others, newKeyId, onPick, onMake, busy, error, onSubmit } = props;
  const say = useLinkTexts();
  const [install, setInstall] = useState(false);
  const [remove, setRemove] = useState(false);
  /** Those that were ticked or not by hand. */
  const [ticks, setTicks] = useState<ReadonlyMap<string, boolean>>(new Map());
  const newKey = others.find(({ id }) => id === newKeyId);
  const servers = [
    ...oldKey.usedBy.map((server) => ({ ...server, uses: "old" as const })),
    // One that was switched before may still have the old key's line.
    ...(remove ? (newKey?.usedBy ?? []) : []).map((server) => ({ ...server, uses: "new" as const })),
  ];
  const isTicked = ({ serverId, uses }: (typeof servers)[number]): boolean => ticks.get(serverId) ?? uses === "old";
  const chosen = servers.filter(isTicked).map(({ serverId }) => serverId);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (newKey !== undefined && chosen.length > 0) onSubmit({ newKeyId, servers: chosen, install, remove });
      }}
    >
      <div className="soft">{say("keys.replaceText")}</div>
      <div className={styles.group}>
        <NativeSelect
          className={styles.wide}
          label={say("keys.replaceBy")}
          description={others.length === 0 ? say("ssh.keyNone") : undefined}
          value={newKeyId}
          data={[
            { value: "", label: say("ssh.keyChoose") },
            ...others.map(({ id, name, type }) => ({ value: id, label: `${name} (${type})` })),
          ]}
          onChange={(event) => onPick(event.currentTarget.value)}
          data-testid="replace-by"
        />
        <Button variant="default" onClick={onMake} data-testid="replace-make">
          {say("ssh.keyMake")}
        </Button>
      </div>
      <Checkbox
        label={say("keys.install")}
        description={say("keys.installHint")}
        checked={install}
        onChange={(event) => setInstall(event.currentTarget.checked)}
        data-testid="replace-install"
      />
      <Checkbox
        label={say("keys.removeOld")}
        description={say("keys.removeOldHint")}
        checked={remove}
        onChange={(event) => setRemove(event.currentTarget.checked)}
        data-testid="replace-remove"
      />
      <fieldset className={styles.choices}>
        <legend className="mantine-InputWrapper-label">{say("keys.replaceServers")}</legend>
        {servers.length === 0 && <div className="soft">{say("keys.replaceNobody")}</div>}
        {servers.map((server) => (
          <Checkbox
            key={server.serverId}
            label={
              <>
                <ForeignText text={server.name} />
                {server.uses === "new" && (
                  <span className="soft"> {say("keys.usesAlready", { name: newKey?.name ?? "" })}</span>
                )}
              </>
            }
            checked={isTicked(server)}
            onChange={(event) => setTicks(new Map(ticks).set(server.serverId, event.currentTarget.checked))}
            data-testid="replace-server"
            data-server={server.name}
          />
        ))}
      </fieldset>
      <ErrorNotice error={error} />
      <Button
        type="submit"
        disabled={newKey === undefined || chosen.length === 0}
        loading={busy}
        data-testid="replace-submit"
      >
        {say("keys.replaceSubmit")}
      </Button>
    </form>
  );
}

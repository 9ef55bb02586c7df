import { Button, Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { namedOptions } from "../components/named-options.ts";
import { CopyLine } from "../components/copy-line.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { Segments } from "../components/segments.tsx";
import { useFleet } from "../fleet/fleet.ts";
import { Folded } from "../components/folded.tsx";
import { AddKey } from "./add-key.tsx";
import type { LinkFieldsProps } from "./link-fields-props.ts";
import type { SshDraft } from "./link-draft.ts";
import styles from "./links.module.css";
import { SecretField } from "./secret-field.tsx";
import { useLinkTexts } from "./use-link-texts.ts";

/** Where a server is and how the hub logs in there. */
export function SshFields(props: LinkFieldsProps<SshDraft>) {
  const { draft, errors, disabled, serverId, onChange } = props;
  const say = useLinkTexts();
  const { servers } = useFleet();
  const change = (parts: Partial<SshDraft>): void => onChange({ ...draft, ...parts });
  const gates = [...servers.values()].filter(({ id, link }) => link === "ssh" && id !== serverId);
  return (
    <>
      <div className={styles.pair}>
        <TextInput
          label={say("ssh.host")}
          value={draft.host}
          error={errors["host"]}
          disabled={disabled}
          maxLength={253}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => change({ host: event.currentTarget.value })}
          data-testid="link-host"
        />
        <TextInput
          label={say("ssh.port")}
          placeholder="22"
          inputMode="numeric"
          value={draft.port}
          error={errors["port"]}
          disabled={disabled}
          onChange={(event) => change({ port: event.currentTarget.value })}
          data-testid="link-port"
        />
      </div>
      <TextInput
        label={say("ssh.user")}
        value={draft.user}
        error={errors["user"]}
        disabled={disabled}
        maxLength={64}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => change({ user: event.currentTarget.value })}
        data-testid="link-user"
      />
      <div className={styles.group}>
        <div className="mantine-InputWrapper-label">{say("ssh.authentication")}</div>
        <Segments
          label={say("ssh.authentication")}
          value={draft.authentication}
          options={(["key", "password", "agent"] as const).map((value) => ({ value, label: say(`ssh.${value}`) }))}
          onChange={(authentication) => !disabled && change({ authentication })}
          testId="link-authentication"
        />
        {draft.authentication === "agent" && <div className="soft">{say("ssh.agentHint")}</div>}
      </div>
      {draft.authentication === "key" && (
        <KeyPicker
          keyId={draft.keyId}
          error={errors["keyId"]}
          disabled={disabled}
          onPick={(keyId) => change({ keyId })}
        />
      )}
      {draft.authentication === "password" && (
        <SecretField {...props.secret} label={say("ssh.password")} hint={say("ssh.passwordHint")} disabled={disabled} />
      )}
      {(gates.length > 0 || draft.via !== "") && (
        <NativeSelect
          label={say("ssh.via")}
          description={say("ssh.viaHint")}
          value={draft.via}
          error={errors["via"]}
          disabled={disabled}
          data={[{ value: "", label: say("ssh.viaNone") }, ...namedOptions(gates)]}
          onChange={(event) => change({ via: event.currentTarget.value })}
          data-testid="link-via"
        />
      )}
      <Checkbox
        label={say("ssh.sudo")}
        description={say("ssh.sudoHint")}
        checked={draft.sudo}
        disabled={disabled}
        onChange={(event) => change({ sudo: event.currentTarget.checked })}
        data-testid="link-sudo"
      />
      <Folded title={say("ssh.policy")} isWrong={errors["policy"] !== undefined} testId="link-policy-open">
        <Textarea
          aria-label={say("ssh.policy")}
          description={say("ssh.policyHint")}
          classNames={{ input: "mono" }}
          rows={6}
          autosize={false}
          spellCheck={false}
          value={draft.policy}
          error={errors["policy"]}
          disabled={disabled}
          onChange={(event) => change({ policy: event.currentTarget.value })}
          data-testid="link-policy"
        />
      </Folded>
    </>
  );
}

interface KeyPickerProps {
  readonly keyId: string;
  readonly error: string | undefined;
  readonly disabled: boolean;
  readonly onPick: (keyId: string) => void;
}

/** One of the hub's keys, with the line that the server must know, and the way to a new one. */
function KeyPicker({ keyId, error, disabled, onPick }: KeyPickerProps) {
  const say = useLinkTexts();
  const mayMake = useRight("ssh-keys.write");
  const mayRead = useRight("ssh-keys.read");
  const [making, setMaking] = useState<"no" | "yes">("no");
  const keys = useQuery({
    queryKey: ["ssh-keys"],
    queryFn: ({ signal }) => api("GET /api/v1/ssh-keys", { signal }),
    enabled: mayRead,
  });
  const items = keys.data?.items ?? [];
  const picked = items.find(({ id }) => id === keyId);
  return (
    <div className={styles.group}>
      <NativeSelect
        className={styles.wide}
        label={say("ssh.keyOf")}
        description={keys.data && items.length === 0 ? say("ssh.keyNone") : undefined}
        value={keyId}
        error={error}
        disabled={disabled}
        data={[
          { value: "", label: say("ssh.keyChoose") },
          ...items.map(({ id, name, type }) => ({ value: id, label: `${name} (${type})` })),
          ...(keyId !== "" && !picked ? [{ value: keyId, label: keyId }] : []),
        ]}
        onChange={(event) => onPick(event.currentTarget.value)}
        data-testid="link-key"
      />
      {mayMake && !disabled && (
        <Button variant="default" onClick={() => setMaking("yes")} data-testid="link-key-make">
          {say("ssh.keyMake")}
        </Button>
      )}
      <ErrorNotice error={keys.error} />
      {picked && !disabled && (
        <div className={styles.wide}>
          <div className="soft">{say("ssh.keyLine")}</div>
          <CopyLine text={picked.publicKey} testId="link-key-line" />
        </div>
      )}
      {making === "yes" && (
        <AddKey
          onMade={(key) => {
            setMaking("no");
            onPick(key.id);
          }}
          onClose={() => setMaking("no")}
        />
      )}
    </div>
  );
}

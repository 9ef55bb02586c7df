import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { PULL_KIND_NAMES } from "@muster/core";
import type { LinkFieldsProps } from "./link-fields-props.ts";
import { defaultTimeoutOf, takesChannels, takesSeries } from "./link-draft.ts";
import type { PullDraft } from "./link-draft.ts";
import { SecretField } from "./secret-field.tsx";
import { useLinkTexts } from "./use-link-texts.ts";

/** What is polled over HTTP, and what of its answer is kept. */
export function PullFields(props: LinkFieldsProps<PullDraft>) {
  const { draft, errors, disabled, serverId, onChange } = props;
  const say = useLinkTexts();
  const seconds = defaultTimeoutOf(draft.adapter);
  const change = (parts: Partial<PullDraft>): void => onChange({ ...draft, ...parts });
  const kinds = PULL_KIND_NAMES.map((value) => ({
    value: value as PullDraft["adapter"],
    label: say(`pull.kind_${value}`),
  }));
  return (
    <>
      <TextInput
        label={say("pull.url")}
        description={say("pull.urlHint")}
        type="url"
        value={draft.url}
        error={errors["url"]}
        disabled={disabled}
        maxLength={2_000}
        spellCheck={false}
        onChange={(event) => change({ url: event.currentTarget.value })}
        data-testid="link-url"
      />
      <NativeSelect
        label={say("pull.kind")}
        value={draft.adapter}
        error={errors["adapter"]}
        disabled={disabled}
        data={[...(serverId === undefined ? [{ value: "find", label: say("pull.find") }] : []), ...kinds]}
        onChange={(event) => change({ adapter: event.currentTarget.value as PullDraft["adapter"] })}
        data-testid="link-adapter"
      />
      <SecretField {...props.secret} label={say("pull.secret")} hint={say("pull.secretHint")} disabled={disabled} />
      <TextInput
        label={say("pull.timeout")}
        description={seconds !== undefined && say("form.emptyMeans", { seconds })}
        inputMode="decimal"
        value={draft.timeout}
        error={errors["timeoutMs"]}
        disabled={disabled}
        onChange={(event) => change({ timeout: event.currentTarget.value })}
        data-testid="link-timeout"
      />
      {takesChannels(draft.adapter) && (
        <Textarea
          label={say("pull.channelNames")}
          description={say("pull.channelNamesHint")}
          rows={4}
          autosize={false}
          value={draft.channelNames}
          error={errors["channelNames"]}
          disabled={disabled}
          onChange={(event) => change({ channelNames: event.currentTarget.value })}
          data-testid="link-channels"
        />
      )}
      {takesSeries(draft.adapter) && (
        <Textarea
          label={say("pull.allow")}
          description={say("pull.allowHint")}
          classNames={{ input: "mono" }}
          rows={4}
          autosize={false}
          spellCheck={false}
          value={draft.allow}
          error={errors["allow"]}
          disabled={disabled}
          onChange={(event) => change({ allow: event.currentTarget.value })}
          data-testid="link-allow"
        />
      )}
    </>
  );
}

import { TextInput } from "@mantine/core";
import { isReadOnTheWay } from "./dial-lines.ts";
import type { LinkFieldsProps } from "./link-fields-props.ts";
import type { AgentDraft } from "./link-draft.ts";
import { useLinkTexts } from "./use-link-texts.ts";

/** Where the hub dials an agent. */
export function DialFields({
  draft,
  errors,
  disabled,
  onChange,
}: Pick<LinkFieldsProps<AgentDraft>, "draft" | "errors" | "disabled" | "onChange">) {
  const say = useLinkTexts();
  return (
    <>
      <TextInput
        label={say("dial.address")}
        description={say("dial.addressHint")}
        inputMode="url"
        value={draft.dial}
        error={errors["dial"]}
        disabled={disabled}
        maxLength={300}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => onChange({ ...draft, dial: event.currentTarget.value })}
        data-testid="link-dial"
      />
      {isReadOnTheWay(draft.dial.trim()) && (
        <div className="notice warning" data-testid="dial-plain">
          {say("dial.plain")}
        </div>
      )}
    </>
  );
}

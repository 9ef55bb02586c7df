import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { namedOptions } from "../../components/named-options.ts";
import { PickList } from "../../components/pick-list.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Segments } from "../../components/segments.tsx";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { LevelsField } from "./levels-field.tsx";
import { hasOwnLevels, newOverride, unitOfDraft } from "./rule-draft.ts";
import type { OverrideDraft } from "./rule-draft.ts";
import type { PartProps } from "./rule-form-parts.ts";
import grid from "./rule-form.module.css";
import { useUnitName } from "./use-unit-name.ts";

/** On which servers, and where something else holds. */
export function ScopeFields(props: PartProps) {
  const { draft, errors, onChange } = props;
  const say = useAlertTexts();
  const { servers } = useFleet();
  const wrong = errors["scope"];
  return (
    <div className={grid.group}>
      <div className={grid.field}>
        <div className="mantine-InputWrapper-label">{say("rule.scope")}</div>
        <Segments
          label={say("rule.scope")}
          value={draft.scope}
          options={[
            { value: "all", label: say("rule.scopeAll") },
            { value: "some", label: say("rule.scopeSome") },
          ]}
          onChange={(scope) => onChange({ scope })}
          testId="rule-scope"
        />
      </div>
      {draft.scope === "some" && (
        <>
          <PickList
            label={say("silence.servers")}
            find={say("silence.serversFind")}
            options={namedOptions(servers.values())}
            picked={draft.serverIds}
            error={wrong}
            onPicked={(serverIds) => onChange({ serverIds })}
            testId="rule-servers"
          />
          <TextInput
            label={say("rule.tags")}
            description={say("rule.tagsHint")}
            value={draft.tags}
            error={wrong !== undefined}
            onChange={(event) => onChange({ tags: event.currentTarget.value })}
            data-testid="rule-tags"
          />
        </>
      )}
      {draft.is !== "hub" && <Overrides {...props} />}
    </div>
  );
}

/** Servers on which other levels hold, or none. */
function Overrides({ draft, errors, onChange }: PartProps) {
  const say = useAlertTexts();
  const nameOf = useUnitName();
  const { servers } = useFleet();
  const { overrides } = draft;
  const hasLevels = hasOwnLevels(draft);
  const set = (index: number, parts: Partial<OverrideDraft>): void =>
    onChange({ overrides: overrides.map((one, at) => (at === index ? { ...one, ...parts } : one)) });
  const others = [...servers.values()]
    .filter(({ id }) => !overrides.some(({ serverId }) => serverId === id))
    .toSorted((a, b) => naturalOrder.compare(a.name, b.name));
  return (
    <div className={grid.field}>
      <div className="mantine-InputWrapper-label">{say("rule.overrides")}</div>
      {overrides.map(({ serverId, is, levels }, index) => {
        const name = servers.get(serverId)?.name ?? serverId;
        return (
          <div key={serverId} className={grid.override} style={{ alignSelf: "stretch" }} data-testid="rule-override">
            <div className="row">
              <span className="grow clip">
                <ForeignText text={name} />
              </span>
              {hasLevels && (
                <Segments
                  label={say("rule.overrides")}
                  value={is}
                  options={[
                    { value: "levels", label: say("rule.levels") },
                    { value: "off", label: say("rule.overrideOff") },
                  ]}
                  onChange={(next) => set(index, { is: next })}
                />
              )}
              {!hasLevels && <span className="soft">{say("rule.overrideOff")}</span>}
              <CloseButton
                aria-label={say("rule.overrideRemove", { name })}
                onClick={() => onChange({ overrides: overrides.filter((_one, at) => at !== index) })}
              />
            </div>
            {errors[`overrides.${index}.serverId`] !== undefined && (
              <div className={grid.wrong} role="alert">
                {errors[`overrides.${index}.serverId`]}
              </div>
            )}
            {hasLevels && is === "levels" && (
              <LevelsField
                levels={levels}
                unit={nameOf(unitOfDraft(draft).name, draft)}
                errors={errors}
                input={`overrides.${index}.levels`}
                label={`${say("rule.levels")}: ${name}`}
                onChange={(next) => set(index, { levels: next })}
              />
            )}
          </div>
        );
      })}
      {others.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label={say("rule.overrideAdd")}
          value=""
          data={[{ value: "", label: say("rule.overrideAdd") }, ...namedOptions(others)]}
          onChange={(event) => {
            const serverId = event.currentTarget.value;
            if (serverId === "") return;
            const added: OverrideDraft = { ...newOverride(serverId), is: hasLevels ? "levels" : "off" };
            onChange({ overrides: [...overrides, added] });
          }}
          data-testid="rule-override-add"
        />
      )}
    </div>
  );
}

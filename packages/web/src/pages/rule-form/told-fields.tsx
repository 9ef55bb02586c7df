import { useQuery } from "@tanstack/react-query";
import { useRight } from "../../api/use-right.ts";
import { namedOptions } from "../../components/named-options.ts";
import { PickList } from "../../components/pick-list.tsx";
import { Segments } from "../../components/segments.tsx";
import { NOTIFIERS } from "../../incidents/alert-queries.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import type { PartProps } from "./rule-form-parts.ts";
import grid from "./rule-form.module.css";

/** Who is told of it. */
export function ToldFields({ draft, errors, onChange }: PartProps) {
  const say = useAlertTexts();
  const mayRead = useRight("notifiers.read");
  const notifiers = useQuery({ ...NOTIFIERS, enabled: mayRead });
  return (
    <div className={grid.group}>
      <div className={grid.field}>
        <div className="mantine-InputWrapper-label">{say("rule.notifiers")}</div>
        <Segments
          label={say("rule.notifiers")}
          value={draft.told}
          options={[
            { value: "default", label: say("rule.notifiersDefault") },
            { value: "some", label: say("rule.notifiersSome") },
          ]}
          onChange={(told) => onChange({ told })}
          testId="rule-told"
        />
      </div>
      {draft.told === "some" && (
        <PickList
          label={say("notifier.title")}
          hint={say("rule.notifiersNobody")}
          options={namedOptions(notifiers.data?.items ?? [])}
          picked={draft.notifierIds}
          error={errors["notifierIds"]}
          onPicked={(notifierIds) => onChange({ notifierIds })}
          testId="rule-notifiers"
        />
      )}
    </div>
  );
}

import { NativeSelect, Textarea } from "@mantine/core";
import {
  DRIVER_NAMES,
  HUB_TROUBLES,
  PROBE_KIND_NAMES,
  PROBE_TROUBLES,
  SERVICE_TROUBLES,
  SEVERITIES,
} from "@muster/core";
import type { Severity } from "@muster/core";
import { PickList } from "../../components/pick-list.tsx";
import styles from "../../components/form-page.module.css";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useProbeNaming } from "../../probes/use-probe-texts.ts";
import type { PartProps } from "./rule-form-parts.ts";
import grid from "./rule-form.module.css";

/** What of services, probes or Muster itself is trouble, and how bad. */
export function TroubleFields({ draft, errors, onChange }: PartProps) {
  const say = useAlertTexts();
  const naming = useProbeNaming();
  const { is, severities } = draft;
  const troubles: readonly (readonly [trouble: string, text: string])[] =
    is === "service"
      ? SERVICE_TROUBLES.map((one) => [one, say(`rule.serviceTroubles.${one}`)])
      : is === "probe"
        ? PROBE_TROUBLES.map((one) => [one, say(`rule.probeTroubles.${one}`)])
        : HUB_TROUBLES.map((one) => [one, say(`rule.hubTroubles.${one}`)]);
  const wrong = errors["condition.severities"];
  return (
    <>
      <div role="group" aria-label={say("rule.troubles")}>
        <h2 className={grid.title}>{say("rule.troubles")}</h2>
        <div className={styles.pair}>
          {troubles.map(([trouble, text], index) => (
            <NativeSelect
              key={trouble}
              label={text}
              value={severities[trouble] ?? ""}
              error={wrong !== undefined && index === 0}
              data={[
                { value: "", label: say("rule.noTrouble") },
                ...SEVERITIES.map((severity) => ({ value: severity, label: say(`severity.${severity}`) })),
              ]}
              onChange={(event) =>
                onChange({ severities: { ...severities, [trouble]: event.currentTarget.value as Severity | "" } })
              }
              data-testid={`trouble-${trouble}`}
            />
          ))}
        </div>
        {wrong !== undefined && (
          <div className={grid.wrong} role="alert">
            {wrong}
          </div>
        )}
      </div>
      {is === "service" && (
        <>
          <Textarea
            label={say("rule.services")}
            description={say("rule.servicesHint")}
            classNames={{ input: "mono" }}
            rows={2}
            spellCheck={false}
            value={draft.services}
            error={errors["condition.names"]}
            onChange={(event) => onChange({ services: event.currentTarget.value })}
            data-testid="rule-services"
          />
          <PickList
            label={say("rule.drivers")}
            hint={say("rule.allKinds")}
            options={DRIVER_NAMES.map((name) => ({ value: name, label: name }))}
            picked={draft.drivers}
            onPicked={(drivers) => onChange({ drivers })}
            testId="rule-drivers"
          />
        </>
      )}
      {is === "probe" && (
        <PickList
          label={say("rule.kinds")}
          hint={say("rule.kindsHint")}
          options={PROBE_KIND_NAMES.map((kind) => ({ value: kind, label: naming.kindTitle(kind) }))}
          picked={draft.kinds}
          onPicked={(kinds) => onChange({ kinds })}
          testId="rule-kinds"
        />
      )}
    </>
  );
}

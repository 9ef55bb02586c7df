import { ActionIcon, CloseButton, TextInput } from "@mantine/core";
import { thingKey } from "@muster/core";
import type { StatusPageItem, StatusPageThing } from "@muster/core";
import { IconArrowUp } from "@tabler/icons-react";
import { namedOptions } from "../../components/named-options.ts";
import { PickList } from "../../components/pick-list.tsx";
import type { PickOption } from "../../components/pick-list.tsx";
import { useFleet } from "../../fleet/fleet.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useProbes } from "../../probes/probes.ts";
import { serviceLabel } from "../../services/service-label.ts";
import { useServices } from "../../services/services.ts";
import { movedUp, withThings } from "./status-page-draft.ts";
import styles from "./status-pages.module.css";

interface ThingsFieldProps {
  readonly items: readonly StatusPageItem[];
  readonly errors: Readonly<Record<string, string>>;
  readonly onItems: (items: readonly StatusPageItem[]) => void;
}

/** Which things are shown, in which order, and what everybody reads instead of their names. */
export function ThingsField({ items, errors, onItems }: ThingsFieldProps) {
  const say = useAlertTexts();
  const { servers } = useFleet();
  const { services } = useServices();
  const { probes } = useProbes();
  const options: Readonly<Record<StatusPageThing, readonly PickOption[]>> = {
    server: namedOptions(servers.values()),
    service: [...services.values()].map((one) => ({ value: one.id, label: serviceLabel(one) })),
    probe: namedOptions(probes.values()),
  };
  const insideName = ({ kind, id }: Pick<StatusPageItem, "kind" | "id">): string | undefined =>
    options[kind].find(({ value }) => value === id)?.label;
  return (
    <>
      <h2>{say("statusPage.shown")}</h2>
      <div className="soft">{say("statusPage.thingsHint")}</div>
      {items.map((item, index) => {
        const inside = insideName(item);
        const name = inside ?? item.name;
        return (
          <div key={thingKey(item)} className={styles.item} data-testid="status-page-item">
            <TextInput
              label={`${say(`statusPage.kind.${item.kind}`)} ${inside ?? say("statusPage.gone")}`}
              value={item.name}
              error={errors[`items.${thingKey(item)}`]}
              maxLength={100}
              autoComplete="off"
              onChange={(event) => {
                const next = { ...item, name: event.currentTarget.value };
                onItems(items.map((one, at) => (at === index ? next : one)));
              }}
              data-testid="status-page-item-name"
            />
            <ActionIcon
              variant="default"
              disabled={index === 0}
              aria-label={say("statusPage.up", { name })}
              onClick={() => onItems(movedUp(items, index))}
            >
              <IconArrowUp size={14} aria-hidden />
            </ActionIcon>
            <CloseButton
              aria-label={say("statusPage.remove", { name })}
              onClick={() => onItems(items.filter((_one, at) => at !== index))}
            />
          </div>
        );
      })}
      {errors["items"] !== undefined && <div className="bad">{errors["items"]}</div>}
      {(["server", "service", "probe"] as const).map(
        (kind) =>
          options[kind].length > 0 && (
            <PickList
              key={kind}
              label={say(`statusPage.kinds.${kind}`)}
              find={say(`statusPage.find.${kind}`)}
              options={options[kind]}
              picked={items.filter((item) => item.kind === kind && insideName(item) !== undefined).map(({ id }) => id)}
              onPicked={(ids) => {
                // What is gone cannot be ticked and stays until it is removed.
                const gone = items.filter((item) => item.kind === kind && insideName(item) === undefined);
                const nameOf = (id: string): string => (insideName({ kind, id }) ?? id).replace(/@.*$/, "");
                onItems(withThings(items, kind, [...ids, ...gone.map(({ id }) => id)], nameOf));
              }}
              testId={`status-page-${kind}s`}
            />
          ),
      )}
    </>
  );
}

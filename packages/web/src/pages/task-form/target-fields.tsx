import { NativeSelect, TextInput } from "@mantine/core";
import { DRIVER_NAMES, isOfContainers, isOfServices } from "@muster/core";
import type { DriverName } from "@muster/core";
import { useId, useMemo } from "react";
import { namedOptions } from "../../components/named-options.ts";
import styles from "../../components/form-page.module.css";
import { ForeignText } from "../../components/foreign-text.tsx";
import { PickList } from "../../components/pick-list.tsx";
import { Segments } from "../../components/segments.tsx";
import { sortedTexts } from "../../fleet/compare-rows.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { serviceLabel } from "../../services/service-label.ts";
import { useServices } from "../../services/services.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { meantNow } from "./meant-now.ts";
import { targetsOf } from "./task-draft.ts";
import type { PartProps } from "./task-form-parts.ts";
import form from "./task-form.module.css";

/** Whom an action is for, and how many that are now. */
export function TargetFields(props: PartProps) {
  const { draft, errors, onChange } = props;
  const say = useTaskTexts();
  const { services } = useServices();
  const ofServices = isOfServices(draft.action);
  const isNamed = ofServices && draft.whom === "named";
  const offered = useMemo(
    () =>
      [...services.values()]
        .filter(({ driver }) => !isOfContainers(draft.action) || driver === "container")
        .map((one) => ({ value: one.id, label: serviceLabel(one) })),
    [services, draft.action],
  );
  const wrong = errors["work.targets"];
  return (
    <div className={form.targets} role="group" aria-label={say("whom")}>
      <div className="mantine-InputWrapper-label">{say("whom")}</div>
      {ofServices && (
        <Segments
          label={say("whom")}
          value={draft.whom}
          options={(["named", "fitting"] as const).map((value) => ({ value, label: say(`whoms.${value}`) }))}
          onChange={(whom) => onChange({ whom })}
          testId="task-whom"
        />
      )}
      {isNamed ? (
        <PickList
          label={say("services")}
          {...(offered.length === 0 && { hint: say("servicesNone") })}
          find={say("servicesFind")}
          options={offered}
          picked={draft.services}
          error={wrong}
          onPicked={(picked) => onChange({ services: picked })}
          testId="task-services"
        />
      ) : (
        <FittingFields {...props} />
      )}
      {!isNamed && wrong !== undefined && (
        <div className={form.wrong} role="alert">
          {wrong}
        </div>
      )}
      <MeantNow {...props} />
    </div>
  );
}

/** Conditions, all of which must hold; what is left empty means all. */
function FittingFields({ draft, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  const { servers } = useFleet();
  const { services } = useServices();
  const id = useId();
  const ofServices = isOfServices(draft.action);
  const tags = useMemo(() => sortedTexts([...servers.values()].flatMap((one) => one.tags)), [servers]);
  const [names, kinds] = useMemo(() => {
    const all = [...services.values()];
    return [sortedTexts(all.map(({ name }) => name)), sortedTexts(all.map(({ kind }) => kind).filter(Boolean))];
  }, [services]);
  const lists = { tag: tags, name: names, kind: kinds };
  const field = (list: keyof typeof lists, value: string, set: (text: string) => void, isFirst = false) => (
    <TextInput
      label={say(`condition.${list}`)}
      value={value}
      list={`${id}-${list}`}
      autoComplete="off"
      spellCheck={false}
      error={isFirst && errors["work.targets"] !== undefined}
      onChange={(event) => set(event.currentTarget.value)}
      data-testid={`task-target-${list}`}
    />
  );
  return (
    <>
      <div className={styles.pair}>
        {ofServices && field("name", draft.service, (service) => onChange({ service }), true)}
        {field("tag", draft.tag, (tag) => onChange({ tag }), !ofServices)}
        {ofServices && field("kind", draft.kind, (kind) => onChange({ kind }))}
        {ofServices && (
          <NativeSelect
            label={say("condition.driver")}
            value={draft.driver}
            data={[{ value: "", label: say("anyDriver") }, ...DRIVER_NAMES.map((value) => ({ value, label: value }))]}
            onChange={(event) => onChange({ driver: event.currentTarget.value as DriverName | "" })}
            data-testid="task-target-driver"
          />
        )}
      </div>
      <PickList
        label={say("servers")}
        hint={say(ofServices || draft.tag.trim() !== "" ? "serversAll" : "serversHint")}
        find={say("serversFind")}
        options={namedOptions(servers.values())}
        picked={draft.servers}
        onPicked={(picked) => onChange({ servers: picked })}
        testId="task-servers"
      />
      {Object.entries(lists).map(([name, values]) => (
        <datalist key={name} id={`${id}-${name}`}>
          {values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ))}
    </>
  );
}

/** So many are called by their names. */
const NAMED_MAX = 5;

/** How many things the targets mean now, which, and on how many of them the server would refuse it. */
function MeantNow({ draft }: PartProps) {
  const say = useTaskTexts();
  const { servers } = useFleet();
  const { services } = useServices();
  const targets = targetsOf(draft);
  const isNothing = Object.keys(targets).length === 0;
  const key = JSON.stringify(targets);
  const meant = useMemo(
    () => meantNow(draft.action, JSON.parse(key) as typeof targets, { services: services.values(), servers }),
    [draft.action, key, services, servers],
  );
  if (isNothing) return null;
  const { count, names, refused } = meant;
  const what = isOfServices(draft.action) ? "services" : "servers";
  const listed = (some: readonly string[]): string =>
    [...some.slice(0, NAMED_MAX), ...(some.length > NAMED_MAX ? ["…"] : [])].join(", ");
  return (
    <div role="status" data-testid="task-meant" data-count={count}>
      <span className={count === 0 ? "warning" : undefined}>
        {say(count === 0 ? "meantNothing" : `meant.${what}`, { count })}
      </span>
      {count > 0 && (
        <span className="soft">
          {": "}
          <ForeignText text={listed(names)} />
        </span>
      )}
      {refused.length > 0 && (
        <div className="warning" data-testid="task-refused">
          <ForeignText text={`${say("notGranted", { count: refused.length })} ${listed(refused)}`} />
        </div>
      )}
    </div>
  );
}

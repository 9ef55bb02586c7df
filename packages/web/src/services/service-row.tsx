import { memo } from "react";
import { useTranslation } from "react-i18next";
import { openOnClick } from "../components/open-on-click.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { HealthMark, RunStateMark } from "../components/service-mark.tsx";
import type { Format } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import { ActCell } from "./act-cell.tsx";
import { NameCell, PickCell, SinceCell } from "./cells.tsx";
import { SERVICE_COLUMNS } from "./columns.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import { whyOf } from "./service-state.ts";
import list from "../components/list.module.css";
import styles from "./services.module.css";
import type { Service } from "./services-view.ts";

interface ServiceRowProps {
  readonly service: Service;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

const attributes = ({ service, selected, onOpen }: ServiceRowProps) => ({
  role: "row",
  "data-testid": "service-row",
  "data-service": service.id,
  "data-state": service.state,
  "data-live": service.isCurrent,
  "data-selected": selected,
  ...openOnClick(() => onOpen(service.id)),
});

/** One service in the table. It is drawn anew only when its own values change. */
export const ServiceRow = memo(function ServiceRow(
  props: ServiceRowProps & { readonly columns: readonly ServiceColumnId[] },
) {
  return (
    <div {...attributes(props)} className={list.row}>
      {props.columns.map((id) => (
        <div key={id} role="cell" className={list.cell} data-column={id} data-align={SERVICE_COLUMNS[id].align}>
          {SERVICE_COLUMNS[id].draw(props.service)}
        </div>
      ))}
    </div>
  );
});

/** One service on a phone: state and name above, where it runs and how it does below. */
export const ServiceLines = memo(function ServiceLines(props: ServiceRowProps & { readonly acts: "shown" | "hidden" }) {
  const { service, acts } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const isWell = service.state === "running" && service.health === "healthy";
  const why = isWell ? "" : whyOf(service);
  // Only the list of channels, where they are acted on, hears of each reading; elsewhere old numbers would stand there.
  const sent = acts === "hidden" ? [] : sentBy(service, format);
  return (
    <div {...attributes(props)} className={`${list.lines} ${styles.lines}`}>
      <div role="cell" className="row">
        <PickCell service={service} />
        <RunStateMark state={service.state} word={service.state === "running" ? "hidden" : "shown"} />
        <span className="grow clip">
          <NameCell service={service} />
        </span>
        {service.health !== "unknown" && (
          <HealthMark health={service.health} word={service.health === "healthy" ? "hidden" : "shown"} />
        )}
        <SinceCell service={service} />
      </div>
      <div role="cell" className={`soft ${styles.second}`}>
        <span className="grow clip">
          {acts === "hidden" && (
            <>
              <ForeignText text={service.server} /> · {service.driver}
              {why !== "" && " · "}
            </>
          )}
          <ForeignText text={why} />
          {why !== "" && sent.length > 0 && " · "}
          {sent.join(" · ")}
        </span>
        {acts === "shown" && <ActCell service={service} />}
        {service.cpuRatio !== null && <span title={t("column.cpu")}>{format.percentWithUnit(service.cpuRatio)}</span>}
        {service.memoryBytes !== null && <span title={t("column.memory")}>{format.bytes(service.memoryBytes)}</span>}
      </div>
    </div>
  );
});

/** What a channel sends, as far as it is known. */
const sentBy = ({ framesPerSecond = null, bytesPerSecond = null }: Service, format: Format): readonly string[] => [
  ...(framesPerSecond === null ? [] : [format.frameRate(framesPerSecond)]),
  ...(bytesPerSecond === null ? [] : [format.bitRate(bytesPerSecond)]),
];

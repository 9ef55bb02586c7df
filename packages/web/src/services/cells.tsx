import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useObservable } from "../browser/observable.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { HealthMark, RunStateMark } from "../components/service-mark.tsx";
import { Since } from "../components/since.tsx";
import { UNKNOWN } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import { pickedServices } from "./picked-services.ts";
import { whyOf } from "./service-state.ts";
import list from "../components/list.module.css";
import type { Service } from "./services-view.ts";

/** The small parts of a row: each a few lines, so they share a file as a table would. */

interface Of {
  readonly service: Service;
}

export function PickCell({ service }: Of) {
  const { t } = useTranslation();
  const isPicked = useObservable(pickedServices).has(service.id);
  return (
    <input
      type="checkbox"
      className={list.pick}
      aria-label={t("services.pick", { name: service.name })}
      checked={isPicked}
      onChange={() => pickedServices.toggle(service.id)}
      data-testid="service-pick"
    />
  );
}

export const StateCell = ({ service }: Of) => <RunStateMark state={service.state} />;
export const HealthCell = ({ service }: Of) => <HealthMark health={service.health} />;

export const NameCell = ({ service }: Of) => (
  <Link
    to="/services/$id"
    params={{ id: service.id }}
    className={list.name}
    title={service.description === "" ? service.name : `${service.name}\n${service.description}`}
    data-testid="service-link"
  >
    <ForeignText text={service.name} />
    {service.driver === "channel" && service.description !== "" && (
      <>
        {" · "}
        <ForeignText text={service.description} />
      </>
    )}
  </Link>
);

export const DriverCell = ({ service }: Of) => (
  <>
    <span className="soft">{service.driver}</span>
    {service.kind !== "" && (
      <>
        {" "}
        <span className="tag">
          <ForeignText text={service.kind} />
        </span>
      </>
    )}
  </>
);

export const ServerCell = ({ service }: Of) => (
  <Link to="/servers/$id/services" params={{ id: service.serverId }} className={list.quiet}>
    <ForeignText text={service.server} />
  </Link>
);

export const SinceCell = ({ service }: Of) => (
  <span className="soft">{service.since === null ? UNKNOWN : <Since at={service.since} />}</span>
);

export function CpuCell({ service }: Of) {
  return useFormat().percent(service.cpuRatio);
}

export function MemoryCell({ service }: Of) {
  return useFormat().bytes(service.memoryBytes);
}

export function FrameRateCell({ service }: Of) {
  return useFormat().frameRate(service.framesPerSecond);
}

export function BitRateCell({ service }: Of) {
  return useFormat().bitRate(service.bytesPerSecond);
}

export function RestartsCell({ service }: Of) {
  const text = useFormat().number(service.restarts);
  return <span className={(service.restarts ?? 0) > 0 ? "warning" : "soft"}>{text}</span>;
}

export function WhyCell({ service }: Of) {
  const { t } = useTranslation();
  const why = whyOf(service);
  const isTrouble = service.state === "failed" || service.state === "backing-off" || service.health === "unhealthy";
  return (
    <span className={isTrouble ? undefined : "soft"} title={why}>
      {!service.isCurrent && <span className="warning">{t("services.lastKnown")} </span>}
      <ForeignText text={why} />
    </span>
  );
}

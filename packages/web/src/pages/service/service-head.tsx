import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Since } from "../../components/since.tsx";
import { HealthMark, RunStateMark } from "../../components/service-mark.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { exitText } from "../../services/service-state.ts";
import type { Service } from "../../services/services-view.ts";
import { webAddress } from "./web-address.ts";

/** Name, state, health and everything that tells what it is. */
export function ServiceHead({ service }: { readonly service: Service }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { since, state, lastExit, framesPerSecond = null, bytesPerSecond = null } = service;
  const foreign = (text: string | null): ReactNode =>
    text === null || text === "" ? null : <ForeignText text={text} />;
  const pairs: readonly (readonly [string, ReactNode])[] = [
    [
      t("service.server"),
      <Link key="server" to="/servers/$id/services" params={{ id: service.serverId }} data-testid="service-server">
        <ForeignText text={service.server} />
      </Link>,
    ],
    [t("service.driver"), service.driver],
    [t(state === "running" ? "service.runsFor" : "service.since"), since && <Since key="since" at={since} />],
    [t("service.pid"), service.pid],
    [t("service.restarts"), service.restarts === null ? null : format.number(service.restarts)],
    [t("service.policy"), foreign(service.restartPolicy)],
    [t("service.enabled"), foreign(service.enabled)],
    [t("service.lastExit"), lastExit && foreign(exitText(lastExit))],
    [t("service.cpu"), service.cpuRatio === null ? null : format.percentWithUnit(service.cpuRatio)],
    [t("service.memory"), service.memoryBytes === null ? null : format.bytes(service.memoryBytes)],
    [t("service.frameRate"), framesPerSecond === null ? null : format.frameRate(framesPerSecond)],
    [t("service.bitRate"), bytesPerSecond === null ? null : format.bitRate(bytesPerSecond)],
    [t("service.tasks"), service.tasks === null ? null : format.number(service.tasks)],
    [t("service.nextAt"), service.nextAt === null ? null : format.dateTime(service.nextAt)],
    [t("service.ports"), service.ports.length === 0 ? null : service.ports.join(", ")],
    [t("service.group"), foreign(service.group)],
    [t("service.urls"), service.urls.length === 0 ? null : <Urls urls={service.urls} />],
  ];
  return (
    <header className={detail.head}>
      <div className="row wrap">
        <BackLink to="/services" label={t("service.back")} />
        <h1 data-testid="service-name">
          <ForeignText text={service.name} />
        </h1>
        <RunStateMark state={state} />
        <HealthMark health={service.health} />
        {service.kind !== "" && (
          <span className="tag">
            <ForeignText text={service.kind} />
          </span>
        )}
        {service.rawState !== state && (
          <span className="soft">
            <ForeignText text={service.rawState} />
          </span>
        )}
      </div>
      {service.description !== "" && (
        <div className="soft">
          <ForeignText text={service.description} />
        </div>
      )}
      {service.healthDetail !== "" && (
        <div className={service.health === "healthy" ? "soft" : undefined} data-testid="health-detail">
          <ForeignText text={service.healthDetail} />
        </div>
      )}
      <Facts pairs={pairs} />
    </header>
  );
}

/** Only what is plainly a web address becomes a link; anything else is text. */
function Urls({ urls }: { readonly urls: readonly string[] }) {
  return urls.map((url, index) => {
    const address = webAddress(url);
    return (
      <span key={url}>
        {index > 0 && ", "}
        {address === undefined ? (
          <ForeignText text={url} />
        ) : (
          <a href={address} target="_blank" rel="noopener noreferrer">
            <ForeignText text={url} />
          </a>
        )}
      </span>
    );
  });
}

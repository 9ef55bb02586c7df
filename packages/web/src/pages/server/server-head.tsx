import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import type { ServerWatch } from "../../charts/server-watch.ts";
import { Age } from "../../components/age.tsx";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { LinkKindMark } from "../../components/link-mark.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { Tags } from "../../components/tags.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverState } from "../../fleet/server-state.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { SilenceButton } from "../../incidents/silence-button.tsx";
import { machineNames } from "./machine-names.ts";

/** Name, state and what the machine is. */
export function ServerHead({ server, watch }: { readonly server: Server; readonly watch: ServerWatch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const focused = useObservable(watch.focused);
  const { facts, summary } = server;
  const meant = { serverIds: [server.id] };
  const coresText = (count: number | null): string | null => (count === null ? null : t("server.cores", { count }));
  const pairs: readonly (readonly [string, ReactNode])[] = [
    [t("server.uptime"), format.duration(summary.uptimeSeconds === null ? null : summary.uptimeSeconds * 1_000)],
    [t("server.os"), foreign([facts?.osName, repeated(facts?.osName, facts?.osVersion)])],
    [t("server.kernel"), foreign([facts?.kernel, facts?.architecture])],
    [t("server.cpu"), foreign([facts?.cpuModel, coresText(facts?.cpuCount ?? null)], ", ")],
    [t("server.machine"), foreign(machineNames(facts, t), ", ")],
    [t("server.address"), foreign([server.address])],
    [t("server.externalAddress"), foreign([facts?.externalAddress])],
    server.link === "agent"
      ? [t("server.agent"), foreign([server.agentVersion])]
      : [t("server.link"), <LinkKindMark key="link" kind={server.link} />],
  ];
  return (
    <header className={detail.head}>
      <div className="row wrap">
        <BackLink to="/" label={t("server.back")} />
        <h1 data-testid="server-name">
          <ForeignText text={server.name} />
        </h1>
        <span data-testid="server-state">
          <StateMark state={serverState(server)} />
        </span>
        <Tags tags={server.tags} />
        <span className="grow" />
        <span className="soft">
          {focused ? t("server.live") : t("server.every", { time: format.duration(server.intervalMs) })}
          {" · "}
          <Age at={summary.at} intervalMs={server.intervalMs} />
        </span>
        <SilenceButton meant={meant} />
      </div>
      <Facts pairs={pairs} />
    </header>
  );
}

/** Many systems have the version in their name already. */
const repeated = (name: string | null | undefined, version: string | null | undefined): string | null =>
  version && name?.includes(version) ? null : (version ?? null);

function foreign(parts: readonly (string | null | undefined)[], separator = " "): ReactNode {
  const present = parts.filter((part) => part !== null && part !== undefined && part !== "");
  return present.length === 0 ? null : <ForeignText text={present.join(separator)} />;
}

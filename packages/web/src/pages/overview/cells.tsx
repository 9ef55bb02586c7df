import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Age } from "../../components/age.tsx";
import { Bar } from "../../components/bar.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { LinkKindMark, LinkStateMark } from "../../components/link-mark.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { Tags } from "../../components/tags.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { troubledServices } from "../../fleet/order.ts";
import { linkTrouble, serverState } from "../../fleet/server-state.ts";
import { useFormat } from "../../i18n/use-format.ts";
import styles from "./overview.module.css";

/** The small parts of a row: each a few lines, so they share a file as a table would. */

interface Of {
  readonly server: Server;
}

export const StateCell = ({ server }: Of) => <StateMark state={serverState(server)} />;

/** How it is reached, and its name; with a mark while the hub has just lost its way to it. */
export function NameCell({ server }: Of) {
  const trouble = linkTrouble(server);
  return (
    <span className={styles.named}>
      <LinkKindMark kind={server.link} word="hidden" />
      <Link
        to="/servers/$id"
        params={{ id: server.id }}
        className="clip"
        style={{ color: "var(--text)", fontWeight: 500 }}
        data-testid="server-link"
      >
        <ForeignText text={server.name} />
      </Link>
      {trouble && server.presence.is === "online" && <LinkStateMark state={trouble.is} word="hidden" />}
    </span>
  );
}

/** Why the hub does not reach it, in one sentence. It stands where readings would that are too old to matter. */
export function UnreachedCell({ trouble }: { readonly trouble: NonNullable<Server["linkState"]> }) {
  return (
    <span className={styles.unreached} title={trouble.detail} data-testid="link-trouble" data-is={trouble.is}>
      <LinkStateMark state={trouble.is} />
      <span className="soft clip">
        <ForeignText text={trouble.detail} />
      </span>
    </span>
  );
}

export const TagsCell = ({ server }: Of) => (
  <span className="row" style={{ gap: 4, overflow: "hidden" }}>
    <Tags tags={server.tags} />
  </span>
);

interface BarCellProps {
  readonly ratio: number | null;
  readonly bytes?: readonly [used: number | null, total: number | null];
}

export function BarCell({ ratio, bytes }: BarCellProps) {
  const format = useFormat();
  const title = bytes ? `${format.bytes(bytes[0])} / ${format.bytes(bytes[1])}` : undefined;
  return <Bar ratio={ratio} text={format.percent(ratio)} {...(title === undefined ? {} : { title })} />;
}

export function DiskCell({ server }: Of) {
  const format = useFormat();
  const worst = server.summary.worstDisk;
  if (!worst) return <Bar ratio={null} text={format.percent(null)} />;
  return <Bar ratio={worst.usedRatio} text={format.percent(worst.usedRatio)} title={worst.mount} />;
}

/** How many there are, and before it how many of them are in trouble. */
export function ServicesCell({ server }: Of) {
  const { t } = useTranslation();
  const { services } = server;
  const troubled = troubledServices(server);
  if (services.total === 0) return <span className="soft">–</span>;
  return (
    <Link to="/servers/$id/services" params={{ id: server.id }} title={t("services.counts", services)}>
      {troubled > 0 && <span className="bad">{troubled} / </span>}
      <span className="soft">{services.total}</span>
    </Link>
  );
}

export function NumberCell({ value, digits }: { readonly value: number | null; readonly digits: number }) {
  return useFormat().number(value, digits);
}

export function BytesCell({ value }: { readonly value: number | null }) {
  return useFormat().bytesPerSecond(value);
}

export function DurationCell({ seconds }: { readonly seconds: number | null }) {
  return useFormat().duration(seconds === null ? null : seconds * 1_000);
}

export function HourCell({ line }: { readonly line: readonly (number | null)[] | undefined }) {
  const { t } = useTranslation();
  return line ? <Sparkline values={line} label={t("overview.lastHour")} /> : null;
}

export const AgeCell = ({ server }: Of) => <Age at={server.summary.at} intervalMs={server.intervalMs} />;

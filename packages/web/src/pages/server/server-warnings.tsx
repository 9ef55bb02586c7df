import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { linkTrouble, serverState } from "../../fleet/server-state.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";

/** A clock that is off by less changes nothing that a person reads. */
const CLOCK_OFFSET_MS = 2_000;

/** Everything about a server that makes its readings less than they seem. */
export function ServerWarnings({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const state = serverState(server);
  const offset = server.clockOffsetMs ?? 0;
  const lines: string[] = [];
  // An agent that the hub dials makes its key known by joining; before that there is nothing to approve.
  const isNew = state === "pending" && (server.state === "active" || (server.link === "agent" && !server.fingerprint));
  if (isNew) lines.push(t("server.neverHeard"));
  else if (state === "revoked" && server.link !== "agent") lines.push(t("server.revokedLink"));
  else if (state === "quarantined" || state === "revoked" || state === "pending") lines.push(t(`server.${state}`));
  const trouble = linkTrouble(server);
  // A host key that waits has a notice of its own.
  if (trouble && trouble.is !== "host-key")
    lines.push([t(`linkState.${trouble.is}`), trouble.detail].filter((part) => part !== "").join(": "));
  if (state === "stale" || state === "offline") {
    lines.push(t("server.notHeard", { ago: format.ago(now - server.presence.since) }));
  }
  if (Math.abs(offset) >= CLOCK_OFFSET_MS) {
    const time = format.duration(Math.abs(offset));
    lines.push(offset > 0 ? t("server.clockAhead", { time }) : t("server.clockBehind", { time }));
  }
  if (server.droppedSamples > 0) lines.push(t("server.dropped", { count: server.droppedSamples }));
  if (server.refusedSeries > 0) lines.push(t("server.refused", { count: server.refusedSeries }));
  return lines.map((line) => (
    <div key={line} className="notice warning" data-testid="server-warning">
      <IconAlertTriangle size={16} className="warning" aria-hidden />
      <ForeignText text={line} />
    </div>
  ));
}

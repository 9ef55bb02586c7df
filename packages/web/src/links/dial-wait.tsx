import { Loader } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../components/foreign-text.tsx";
import { LinkStateMark } from "../components/link-mark.tsx";
import type { Server } from "../fleet/fleet-view.ts";
import { useFormat } from "../i18n/use-format.ts";
import { useLinkTexts } from "./use-link-texts.ts";

interface DialWaitProps {
  readonly serverId: string;
  /** Undefined until the hub has told of it. */
  readonly server: Server | undefined;
  /** What is left of the token's time; undefined while that is not known. */
  readonly leftMs: number | undefined;
}

/** Waits live until the hub has found the agent, the agent has joined, and its first reading is there. */
export function DialWait({ serverId, server, leftMs }: DialWaitProps) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const format = useFormat();
  const hasJoined = server !== undefined && server.state !== "pending";
  const isOver = leftMs !== undefined && leftMs <= 0;
  const status = !hasJoined ? (isOver ? "expired" : "waiting") : server.summary.at === null ? "joined" : "came";
  const link = server?.linkState;
  return (
    <div className="stack" style={{ gap: 6 }} data-testid="dial-wait" data-status={status}>
      {status === "expired" ? (
        <div className="notice warning">{t("add.expired")}</div>
      ) : (
        <div className="row wrap" role="status">
          {status === "came" ? <IconCheck size={18} className="good" aria-hidden /> : <Loader size={14} />}
          {say(`dial.is_${status}`)}
          <Link to="/servers/$id" params={{ id: serverId }} data-testid="dial-open">
            {say("push.open")}
          </Link>
        </div>
      )}
      {link && hasJoined && (
        <div className="row wrap soft" data-testid="dial-link">
          <LinkStateMark state={link.is} />
          {link.detail !== "" && <ForeignText text={link.detail} />}
        </div>
      )}
      {link && status === "waiting" && link.detail !== "" && (
        // That nobody is there yet is as it should be, and no alarm.
        <div className="soft" data-testid="dial-tried">
          {say("dial.tried")} <ForeignText text={link.detail} />
        </div>
      )}
      {status === "waiting" && leftMs !== undefined && (
        <div className="row wrap soft">
          <span data-testid="dial-left">{t("add.left", { time: format.duration(leftMs) })}</span>
          <span>{t("add.secret")}</span>
        </div>
      )}
    </div>
  );
}

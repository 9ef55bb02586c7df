import { Button, Loader } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { IconCheck } from "@tabler/icons-react";
import type { JoinTokenState, RouteAnswer } from "@muster/protocol";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { CopyLine } from "../../components/copy-line.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { live, useHubSecond } from "../../live/live.ts";

interface JoinWaitProps {
  readonly made: RouteAnswer<"POST /api/v1/join-tokens">;
  readonly onAgain: () => void;
}

/** The line to paste, the time that is left, and who came. */
export function JoinWait({ made, onAgain }: JoinWaitProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const { id } = made.joinToken;
  const [state, setState] = useState<JoinTokenState>(made.joinToken);
  useEffect(() => live.listen<"join-token">(`join-token/${id}`, setState), [id]);
  const withdraw = useMutation({ mutationFn: () => api("DELETE /api/v1/join-tokens/{id}", { params: { id } }) });
  const leftMs = state.expiresAt - now;
  const over = withdraw.isSuccess || leftMs <= 0 || state.usesLeft <= 0;
  const status =
    state.joined.length > 0 ? "joined" : withdraw.isSuccess ? "withdrawn" : leftMs <= 0 ? "expired" : "waiting";
  return (
    <div className="stack" data-testid="join-wait" data-status={status}>
      {!over && (
        <>
          <div>{t("add.paste")}</div>
          <CopyLine text={made.command} testId="join-command" />
        </>
      )}
      {state.joined.map((joined) => (
        <div key={joined.serverId} className="row" data-testid="joined">
          <IconCheck size={18} className="good" aria-hidden />
          <ForeignText text={t("add.joined", { name: joined.name })} />
          <Link to="/servers/$id" params={{ id: joined.serverId }} data-testid="joined-open">
            {t("add.open")}
          </Link>
        </div>
      ))}
      {status === "waiting" && (
        <div className="row" role="status">
          <Loader size={14} />
          {t("add.waiting")}
        </div>
      )}
      {status === "expired" && <div className="notice warning">{t("add.expired")}</div>}
      {status === "withdrawn" && <div className="notice">{t("add.withdrawn")}</div>}
      <div className="row soft">
        {!over && <span data-testid="join-left">{t("add.left", { time: format.duration(leftMs) })}</span>}
        {!over && <span>{t("add.secret")}</span>}
      </div>
      <div className="row">
        <Button variant={over ? "filled" : "default"} onClick={onAgain} data-testid="join-again">
          {t("add.again")}
        </Button>
        {!over && (
          <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            {t("add.withdraw")}
          </Button>
        )}
      </div>
      <ErrorNotice error={withdraw.error} />
    </div>
  );
}

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useState } from "react";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { TypedConfirm } from "../components/typed-confirm.tsx";
import type { Server } from "../fleet/fleet-view.ts";
import { approvedBefore, forgetApproved } from "./approved-keys.ts";
import { HostKeyFacts } from "./host-key-facts.tsx";
import styles from "./links.module.css";
import { useLink } from "./use-link.ts";
import { useLinkTexts } from "./use-link-texts.ts";

/**
 * A host key that waits for a person: at first, or instead of the approved one, which is a warning. One that was approved
 * while the server was added is approved here by itself.
 */
export function HostKeyNotice({ server }: { readonly server: Server }) {
  const say = useLinkTexts();
  const queries = useQueryClient();
  const mayApprove = useRight("servers.write");
  const link = useLink(server);
  const [asking, setAsking] = useState<"nothing" | "approve">("nothing");
  const approve = useMutation({
    mutationFn: (fingerprint: string) =>
      api("POST /api/v1/servers/{id}/link/host-key", { params: { id: server.id }, body: { fingerprint } }),
    onSettled: () => forgetApproved(server.id),
    async onSuccess() {
      setAsking("nothing");
      await queries.invalidateQueries({ queryKey: ["link", server.id] });
    },
  });
  const again = useMutation({
    mutationFn: () => api("POST /api/v1/servers/{id}/link/test", { params: { id: server.id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["link", server.id] }),
  });
  const shown = link.data?.shownHostKey ?? null;
  const known = link.data?.hostKey ?? null;
  const before = approvedBefore(server.id);
  const isOther = before !== undefined && shown !== null && before !== shown.fingerprint;
  const approveBefore = useEffectEvent(() => {
    if (shown && known === null && shown.fingerprint === before && approve.isIdle) approve.mutate(shown.fingerprint);
  });
  useEffect(() => approveBefore(), [shown?.fingerprint]);
  if (server.linkState?.is !== "host-key" || (shown === null && known !== null && !link.isPlaceholderData)) return null;
  const isChanged = known !== null;
  return (
    <section
      className={styles.notice}
      data-tone={isChanged || isOther ? "bad" : "warning"}
      aria-label={say(isChanged ? "hostKey.changedTitle" : "hostKey.firstTitle")}
      data-testid="host-key-notice"
      data-case={isChanged ? "changed" : "first"}
    >
      <h2 className="row">
        <IconAlertTriangle size={16} className={isChanged ? "bad" : "warning"} aria-hidden />
        {say(isChanged ? "hostKey.changedTitle" : "hostKey.firstTitle")}
      </h2>
      <div>{say(isChanged ? "hostKey.changed" : "hostKey.first")}</div>
      {isOther && <div className="bad">{say("hostKey.other")}</div>}
      {shown === null ? (
        <div className="soft" role="status">
          {say("hostKey.looking")}
        </div>
      ) : (
        <>
          <HostKeyFacts
            keys={
              isChanged
                ? [
                    [say("hostKey.approved"), known],
                    [say("hostKey.now"), shown],
                  ]
                : [[say("hostKey.shown"), shown]]
            }
          />
          <div className="soft">{say("hostKey.compare")}</div>
        </>
      )}
      {!mayApprove && <div className="soft">{say("hostKey.mayNot")}</div>}
      {mayApprove && shown !== null && (
        <div className="row wrap">
          <Button
            variant={isChanged ? "default" : "filled"}
            loading={approve.isPending}
            onClick={() => (isChanged ? setAsking("approve") : approve.mutate(shown.fingerprint))}
            data-testid="host-key-approve"
          >
            {say(isChanged ? "hostKey.approveChanged" : "hostKey.approve")}
          </Button>
          <Button
            variant={isChanged ? "filled" : "default"}
            loading={again.isPending}
            onClick={() => again.mutate()}
            data-testid="host-key-refuse"
          >
            {say("hostKey.refuse")}
          </Button>
        </div>
      )}
      <ErrorNotice error={asking === "nothing" ? (approve.error ?? again.error) : again.error} />
      {asking === "approve" && shown !== null && (
        <TypedConfirm
          title={say("hostKey.changedConfirm")}
          text={say("hostKey.changedConfirmText", { fingerprint: shown.fingerprint })}
          word={server.name}
          action={say("hostKey.approve")}
          busy={approve.isPending}
          error={approve.error}
          onConfirm={() => approve.mutate(shown.fingerprint)}
          onClose={() => setAsking("nothing")}
        />
      )}
    </section>
  );
}

import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { JoinTokenState } from "@muster/protocol";
import { useEffect, useState } from "react";
import { api } from "../api/api.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { Segments } from "../components/segments.tsx";
import { useFleet } from "../fleet/fleet.ts";
import { live, useHubSecond } from "../live/live.ts";
import { dialLines, isListenAddress, joinTokenId, listenOf } from "./dial-lines.ts";
import type { DialRun } from "./dial-lines.ts";
import { DialSteps } from "./dial-steps.tsx";
import { DialWait } from "./dial-wait.tsx";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

interface DialSetupProps {
  readonly serverId: string;
  readonly name: string;
  readonly dial: string;
  /** Shown as soon as there is one; undefined where one must be asked for. */
  readonly firstToken: string | undefined;
}

/** What is to be run on a server whose agent the hub dials, until that agent has joined and reported. */
export function DialSetup({ serverId, name, dial, firstToken }: DialSetupProps) {
  const say = useLinkTexts();
  const now = useHubSecond();
  const server = useFleet().servers.get(serverId);
  const [run, setRun] = useState<DialRun>("service");
  const [listen, setListen] = useState(() => listenOf(dial));
  const renew = useMutation({
    mutationFn: () => api("POST /api/v1/servers/{id}/token", { params: { id: serverId } }),
  });
  const token = renew.data?.token ?? firstToken;
  const [state, setState] = useState<JoinTokenState>();
  useEffect(() => {
    if (token === undefined) return undefined;
    setState(undefined);
    return live.listen<"join-token">(`join-token/${joinTokenId(token)}`, setState);
  }, [token]);
  const leftMs = state && state.expiresAt - now;
  const hasJoined = server !== undefined && server.state !== "pending";
  const isOver = leftMs !== undefined && leftMs <= 0;
  const wrongListen = isListenAddress(listen.trim()) ? undefined : say("form.wrongListen");
  return (
    <div className="stack" data-testid="dial-setup">
      {token !== undefined && !hasJoined && !isOver && (
        <>
          <div className={styles.group}>
            <div className="mantine-InputWrapper-label">{say("dial.run")}</div>
            <Segments
              label={say("dial.run")}
              value={run}
              options={(["service", "shell"] as const).map((value) => ({ value, label: say(`dial.run_${value}`) }))}
              onChange={setRun}
              testId="dial-run"
            />
          </div>
          <TextInput
            label={say("dial.listen")}
            description={say("dial.listenHint")}
            value={listen}
            error={wrongListen}
            maxLength={300}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            onChange={(event) => setListen(event.currentTarget.value)}
            data-testid="dial-listen"
          />
          {wrongListen === undefined && (
            <DialSteps lines={dialLines({ run, name, dial, listen: listen.trim(), token })} run={run} />
          )}
        </>
      )}
      {token !== undefined && <DialWait serverId={serverId} server={server} leftMs={leftMs} />}
      {!hasJoined && (token === undefined || isOver) && (
        <div>
          <Button
            variant={isOver ? "filled" : "default"}
            loading={renew.isPending}
            onClick={() => renew.mutate()}
            data-testid="dial-renew"
          >
            {say("dial.renew")}
          </Button>
        </div>
      )}
      <ErrorNotice error={renew.error} />
    </div>
  );
}

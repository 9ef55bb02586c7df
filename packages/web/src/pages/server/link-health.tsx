import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "../../api/api.ts";
import { Age } from "../../components/age.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { LinkKindMark, LinkStateMark } from "../../components/link-mark.tsx";
import { Since } from "../../components/since.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { LinkTestSteps } from "../../links/link-test-steps.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** How the way to a server is now, with a look at every step of it and a reading at once. */
export function LinkHealth({ server, mayTest }: { readonly server: Server; readonly mayTest: boolean }) {
  const say = useLinkTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const { id, linkState, intervalMs } = server;
  const params = { id };
  const test = useMutation({
    mutationFn: () => api("POST /api/v1/servers/{id}/link/test", { params }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["link", id] }),
  });
  const read = useMutation({
    mutationFn: () => api("POST /api/v1/servers/{id}/refresh", { params }),
    onSuccess: (fresh) => queries.setQueryData(["server", id], fresh),
  });
  const facts: readonly (readonly [string, ReactNode])[] =
    linkState === null
      ? [[say("health.lastHeard"), <Age key="age" at={server.summary.at} intervalMs={intervalMs} />]]
      : [
          [say("health.state"), <LinkStateMark key="state" state={linkState.is} />],
          [say("health.since"), <Since key="since" at={linkState.since} />],
          [say("health.detail"), linkState.detail === "" ? null : <ForeignText key="detail" text={linkState.detail} />],
          [say("health.roundTrip"), linkState.roundTripMs === null ? null : format.milliseconds(linkState.roundTripMs)],
          // A connection to an agent stays once it is there: when it was last tried is then no news.
          [
            say("health.tried"),
            server.link === "agent" && linkState.is === "ok" ? null : (
              <Age key="tried" at={linkState.triedAt} intervalMs={intervalMs} />
            ),
          ],
        ];
  const isRead = server.link === "ssh" || server.link === "pull";
  return (
    <section className="section" style={{ borderTop: 0 }} data-testid="link-health" data-state={linkState?.is}>
      <h2 className="row">
        {say("health.title")} <LinkKindMark kind={server.link} />
      </h2>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {server.link === "push" && <div className="soft">{say("health.push")}</div>}
      {server.link === "agent" && <div className="soft">{say("health.dialled")}</div>}
      {server.link !== "push" && (
        <div className="row wrap">
          {isRead && (
            <Button variant="default" loading={read.isPending} onClick={() => read.mutate()} data-testid="link-read">
              {say("health.readNow")}
            </Button>
          )}
          {mayTest && (
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate()} data-testid="link-try">
              {say("test.test")}
            </Button>
          )}
          {read.data && !read.isPending && (
            <span role="status" className="good" data-testid="link-was-read">
              {say("health.wasRead", { ago: format.time(read.data.summary.at ?? read.submittedAt) })}
            </span>
          )}
        </div>
      )}
      {test.data && !test.isPending && <LinkTestSteps result={test.data} />}
      <ErrorNotice error={read.error ?? test.error} />
    </section>
  );
}

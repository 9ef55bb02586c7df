import { Button, UnstyledButton } from "@mantine/core";
import { HOUR_MS, isProbeKindName, MINUTE_MS, probeEntry } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import detail from "../../components/detail-page.module.css";
import disclosure from "../../components/disclosure.module.css";
import { Disclosure } from "../../components/disclosure.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import { SilenceButton } from "../../incidents/silence-button.tsx";
import { hubNow, useHubSecond } from "../../live/live.ts";
import { isInMaintenance } from "../../probes/probe-state.ts";
import type { Probe } from "../../probes/probes-view.ts";
import { ResultLine } from "../../probes/result-line.tsx";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";
import { ActDialog } from "./act-dialog.tsx";

const MAINTENANCE_MS = [30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS];

/** What can be done with a probe, and what came of it. */
export function ProbeActions({ probe }: { readonly probe: Probe }) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const format = useFormat();
  const navigate = useNavigate();
  const now = useHubSecond();
  const mayRun = useRight("probes.run");
  const mayChange = useRight("probes.write");
  const mayAct = useRight("actions.dangerous");
  const maySilence = useRight("incidents.write");
  const [dialog, setDialog] = useState<"none" | "delete" | { readonly act: string }>("none");
  const { id, kind, state } = probe;
  const run = useMutation({ mutationFn: () => api("POST /api/v1/probes/{id}/run", { params: { id } }) });
  const change = useMutation({
    mutationFn: (body: RouteInput<"PATCH /api/v1/probes/{id}">["body"]) =>
      api("PATCH /api/v1/probes/{id}", { params: { id }, body }),
  });
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/probes/{id}", { params: { id } }),
    onSuccess: () => navigate({ to: "/probes" }),
  });
  const acts = mayAct && isProbeKindName(kind) ? Object.keys(probeEntry(kind).acts) : [];
  const maintain = (lengthMs: number | null): void =>
    change.mutate({ maintenanceUntil: lengthMs === null ? null : Math.round(hubNow() + lengthMs) });
  if (!mayRun && !mayChange && !maySilence && acts.length === 0) return null;
  return (
    <div className={detail.actions} data-testid="probe-actions">
      <div className="row wrap">
        {mayRun && (
          <Button
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            loading={run.isPending}
            disabled={state === "paused"}
            title={state === "paused" ? say("pausedText") : undefined}
            onClick={() => run.mutate()}
            data-testid="probe-run"
          >
            {say("run")}
          </Button>
        )}
        {mayChange && (
          <>
            <Button
              variant="default"
              leftSection={
                state === "paused" ? (
                  <IconPlayerPlay size={14} aria-hidden />
                ) : (
                  <IconPlayerPause size={14} aria-hidden />
                )
              }
              loading={change.isPending}
              onClick={() => change.mutate({ state: state === "paused" ? "active" : "paused" })}
              data-testid="probe-pause"
            >
              {say(state === "paused" ? "resume" : "pause")}
            </Button>
            <Disclosure label={say("maintain")} name={say("maintain")} side="left" width={220} testId="probe-maintain">
              {(close) => (
                <>
                  {MAINTENANCE_MS.map((lengthMs) => (
                    <UnstyledButton
                      key={lengthMs}
                      className={disclosure.choice}
                      onClick={() => {
                        close();
                        maintain(lengthMs);
                      }}
                      data-testid={`maintain-${lengthMs / MINUTE_MS}`}
                    >
                      {say("maintainFor", { time: format.span(lengthMs) })}
                    </UnstyledButton>
                  ))}
                  {maySilence && (
                    <UnstyledButton
                      className={disclosure.choice}
                      onClick={() => {
                        close();
                        askedDialog.set({ is: "silence", meant: { probeIds: [id] } });
                      }}
                      data-testid="silence-this"
                    >
                      {say("silence")}
                    </UnstyledButton>
                  )}
                  {isInMaintenance(probe, now) && (
                    <UnstyledButton
                      className={disclosure.choice}
                      onClick={() => {
                        close();
                        maintain(null);
                      }}
                      data-testid="maintain-end"
                    >
                      {say("maintainEnd")}
                    </UnstyledButton>
                  )}
                </>
              )}
            </Disclosure>
          </>
        )}
        {/* Who may change the probe finds it beside the maintenance of the probe itself. */}
        {!mayChange && <SilenceButton meant={{ probeIds: [id] }} />}
        {acts.length > 0 && (
          <Disclosure label={say("acts")} name={say("acts")} side="left" width={240} testId="probe-acts">
            {(close) =>
              acts.map((act) => (
                <UnstyledButton
                  key={act}
                  className={disclosure.choice}
                  onClick={() => {
                    close();
                    setDialog({ act });
                  }}
                  data-testid={`act-${act}`}
                >
                  {naming.actTitle(kind, act)}
                </UnstyledButton>
              ))
            }
          </Disclosure>
        )}
        {mayChange && (
          <>
            <Button
              variant="default"
              leftSection={<IconPencil size={14} aria-hidden />}
              onClick={() => void navigate({ to: "/probes/$id/edit", params: { id } })}
              data-testid="probe-edit"
            >
              {say("edit")}
            </Button>
            <Button
              variant="default"
              leftSection={<IconTrash size={14} aria-hidden />}
              onClick={() => setDialog("delete")}
              data-testid="probe-delete"
            >
              {say("delete")}
            </Button>
          </>
        )}
      </div>
      {run.data && !run.isPending && <ResultLine result={run.data.result} testId="run-result" />}
      <ErrorNotice error={run.error ?? change.error} />
      {dialog === "delete" && (
        <TypedConfirm
          title={say("deleteTitle", { name: probe.name })}
          text={say("deleteText")}
          action={say("delete")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setDialog("none")}
        />
      )}
      {typeof dialog === "object" && <ActDialog probe={probe} act={dialog.act} onClose={() => setDialog("none")} />}
    </div>
  );
}

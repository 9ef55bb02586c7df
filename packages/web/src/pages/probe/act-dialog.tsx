import { Button } from "@mantine/core";
import { probeEntry } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { fieldDraftOf, settingsOfDraft } from "../../probes/field-draft.ts";
import { ProbeFields } from "../../probes/probe-fields.tsx";
import type { Probe } from "../../probes/probes-view.ts";
import { ReportView } from "../../probes/report-view.tsx";
import { useProbeErrors } from "../../probes/use-probe-errors.ts";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";

interface ActDialogProps {
  readonly probe: Pick<Probe, "id" | "kind" | "name">;
  readonly act: string;
  readonly onClose: () => void;
}

const TONES = { succeeded: "good", failed: "bad", refused: "bad", unknown: "warning" } as const;

/** Asks for what an act needs, says what it does, does it, and shows what came of it. */
export function ActDialog({ probe, act, onClose }: ActDialogProps) {
  const { t } = useTranslation();
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const { id, kind } = probe;
  const entry = probeEntry(kind).acts[act];
  const fields = entry?.fields ?? {};
  const [draft, setDraft] = useState(() => fieldDraftOf(fields));
  const [told, setTold] = useState<"not yet" | "all">("not yet");
  const parsed = settingsOfDraft(fields, draft);
  const problems = parsed.ok
    ? {}
    : Object.fromEntries(Object.entries(parsed.problems).map(([name, problem]) => [`arguments.${name}`, problem]));
  const send = useMutation({
    mutationFn: (given: NonNullable<RouteInput<"POST /api/v1/probes/{id}/acts/{act}">["body"]["arguments"]>) =>
      api("POST /api/v1/probes/{id}/acts/{act}", { params: { id, act }, body: { arguments: given } }),
  });
  const errors = useProbeErrors(told === "all" ? problems : {}, send.error);
  const isDangerous = entry?.class === "dangerous";
  return (
    <Dialog
      onClose={onClose}
      title={say("actFor", { act: naming.actTitle(kind, act), name: probe.name })}
      size="lg"
      testId="act-dialog"
    >
      {send.data ? (
        <div className="stack" role="status" data-testid="act-outcome" data-outcome={send.data.outcome}>
          <div>
            <strong className={TONES[send.data.outcome]}>{say(`outcome.${send.data.outcome}`)}</strong>
            {send.data.detail !== "" && (
              <div>
                <ForeignText text={send.data.detail} />
              </div>
            )}
          </div>
          {(send.data.report.facts.length > 0 || send.data.report.tables.length > 0) && (
            <ReportView report={send.data.report} testId="act-report" />
          )}
          <div>
            <Button onClick={onClose} data-testid="act-close">
              {t("common.close")}
            </Button>
          </div>
        </div>
      ) : (
        <form
          className="stack"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setTold("all");
            if (parsed.ok) send.mutate({ ...parsed.settings } as Parameters<typeof send.mutate>[0]);
          }}
        >
          <div>{naming.actMeaning(kind, act)}</div>
          {isDangerous && <div className="notice warning">{say("actDangerous")}</div>}
          <ProbeFields
            kind={kind}
            naming={naming}
            fields={fields}
            draft={draft}
            errors={errors}
            under="arguments"
            disabled={send.isPending}
            onChange={setDraft}
          />
          <ErrorNotice error={send.error} inputs={["arguments"]} />
          <div className="row">
            <Button
              type="submit"
              loading={send.isPending}
              {...(isDangerous && { color: "red" })}
              data-testid="act-submit"
            >
              {isDangerous ? naming.actTitle(kind, act) : say("actRun")}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

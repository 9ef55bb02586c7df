import { Button, Textarea } from "@mantine/core";
import type { RouteInput } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";

type Body = RouteInput<"POST /api/v1/notifiers/{id}/messages">["body"];

/** A message by hand to where a notifier tells: a text of one's own, how servers do, or what is wrong now. */
export function HandMessage({ id }: { readonly id: string }) {
  const say = useAlertTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const { language } = useTranslation().i18n;
  const [text, setText] = useState("");
  const send = useMutation({
    mutationFn: (body: Body) => api("POST /api/v1/notifiers/{id}/messages", { params: { id }, body }),
    async onSuccess({ outcome }, { text: sent }) {
      if (outcome === "sent" && sent !== undefined) setText("");
      await queries.invalidateQueries({ queryKey: ["notifiers"], exact: true });
    },
  });
  const reportLanguage = language === "ru" ? "ru" : "en";
  return (
    <section className="stack" aria-label={say("notifier.hand")} data-testid="hand-message">
      <h2>{say("notifier.hand")}</h2>
      <Textarea
        aria-label={say("notifier.handText")}
        placeholder={say("notifier.handText")}
        value={text}
        maxLength={4_000}
        autosize
        minRows={2}
        maxRows={8}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="hand-text"
      />
      <div className="row wrap">
        <Button
          variant="default"
          disabled={text.trim() === ""}
          loading={send.isPending}
          onClick={() => send.mutate({ text })}
          data-testid="hand-send"
        >
          {say("notifier.handSend")}
        </Button>
        {(["stats", "warn"] as const).map((report) => (
          <Button
            key={report}
            variant="default"
            disabled={send.isPending}
            onClick={() => send.mutate({ report, language: reportLanguage })}
            data-testid={`hand-${report}`}
          >
            {say(`notifier.handReport.${report}`)}
          </Button>
        ))}
      </div>
      {send.data && !send.isPending && (
        <div
          className={send.data.outcome === "sent" ? "good" : "bad"}
          role="status"
          data-testid="hand-sent"
          data-outcome={send.data.outcome}
        >
          {say(send.data.outcome === "sent" ? "notifier.handSent" : "notifier.handFailed", {
            time: format.milliseconds(send.data.tookMs),
          })}{" "}
          <ForeignText text={send.data.detail} />
        </div>
      )}
      <ErrorNotice error={send.error} />
    </section>
  );
}

import { Button, Textarea } from "@mantine/core";
import type { RouteInput } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TriedText } from "../../incidents/tried-text.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";

type Body = RouteInput<"POST /api/v1/notifiers/{id}/messages">["body"];

/** A message by hand to where a notifier tells: a text of one's own, how servers do, or what is wrong now. */
export function HandMessage({ id }: { readonly id: string }) {
  const say = useAlertTexts();
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
      {send.data && !send.isPending && <TriedText tried={send.data} testId="hand-sent" />}
      <ErrorNotice error={send.error} />
    </section>
  );
}

import { Button } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import type { NotifierView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

/** Sends a test by a notifier, and says what came of it. */
export function TestButton({ notifier: { id, name } }: { readonly notifier: Pick<NotifierView, "id" | "name"> }) {
  const say = useAlertTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const mayTest = useRight("notifiers.write");
  const test = useMutation({
    mutationFn: () => api("POST /api/v1/notifiers/{id}/test", { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["notifiers"], exact: true }),
  });
  if (!mayTest) return null;
  return (
    <div className="row wrap">
      <Button
        variant="default"
        leftSection={<IconSend size={14} aria-hidden />}
        loading={test.isPending}
        aria-label={say("notifier.testOf", { name })}
        onClick={() => test.mutate()}
        data-testid="notifier-test"
      >
        {say("notifier.test")}
      </Button>
      {test.data && !test.isPending && (
        <span
          className={test.data.outcome === "sent" ? "good" : "bad"}
          role="status"
          data-testid="notifier-tested"
          data-outcome={test.data.outcome}
        >
          {say(test.data.outcome === "sent" ? "notifier.testSent" : "notifier.testFailed", {
            time: format.milliseconds(test.data.tookMs),
          })}{" "}
          <ForeignText text={test.data.detail} />
        </span>
      )}
      <ErrorNotice error={test.error} />
    </div>
  );
}

import { Button } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import type { NotifierView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { TriedText } from "./tried-text.tsx";
import { useAlertTexts } from "./use-alert-texts.ts";

/** Sends a test by a notifier, and says what came of it. */
export function TestButton({ notifier: { id, name } }: { readonly notifier: Pick<NotifierView, "id" | "name"> }) {
  const say = useAlertTexts();
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
      {test.data && !test.isPending && <TriedText tried={test.data} testId="notifier-tested" />}
      <ErrorNotice error={test.error} />
    </div>
  );
}

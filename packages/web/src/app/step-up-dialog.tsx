import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api.ts";
import { session } from "../api/session.ts";
import type { StepUpQuestion } from "../api/step-up.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";

/** Asks for the password before a dangerous request; the request is repeated afterwards. */
export function StepUpDialog({ question }: { readonly question: StepUpQuestion }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const prove = useMutation({
    mutationFn: () => api("POST /api/v1/me/prove", { body: { password } }),
    onSuccess(me) {
      session.set(me);
      question.settle(true);
    },
    onError: () => setPassword(""),
  });
  return (
    <Dialog zIndex={400} onClose={() => question.settle(false)} title={t("stepUp.title")} testId="step-up">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          prove.mutate();
        }}
      >
        <div className="soft">{t("stepUp.text")}</div>
        <PasswordInput
          label={t("common.password")}
          autoComplete="current-password"
          data-autofocus
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-testid="step-up-password"
        />
        <ErrorNotice error={prove.error} />
        <Button type="submit" loading={prove.isPending} data-testid="step-up-submit">
          {t("stepUp.submit")}
        </Button>
      </form>
    </Dialog>
  );
}

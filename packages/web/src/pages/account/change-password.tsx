import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";

export function ChangePassword() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api("POST /api/v1/me/password", { body: { current, next } }),
    onSuccess(me) {
      // The session got a new id and a new token with the password.
      session.set(me);
      setCurrent("");
      setNext("");
    },
  });
  const fields = useFieldErrors(change.error);
  return (
    <section className="section">
      <h2>{t("account.password")}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <PasswordInput
          label={t("account.current")}
          autoComplete="current-password"
          value={current}
          error={fields["current"]}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          data-testid="password-current"
        />
        <PasswordInput
          label={t("account.next")}
          description={t("setup.tooShort")}
          autoComplete="new-password"
          value={next}
          error={fields["next"]}
          onChange={(event) => setNext(event.currentTarget.value)}
          data-testid="password-next"
        />
        <ErrorNotice error={change.error} inputs={["current", "next"]} />
        <div className="row">
          <Button
            type="submit"
            disabled={current === "" || next === ""}
            loading={change.isPending}
            data-testid="password-submit"
          >
            {t("account.change")}
          </Button>
          {change.isSuccess && (
            <span className="good" role="status">
              {t("account.changed")}
            </span>
          )}
        </div>
      </form>
    </section>
  );
}

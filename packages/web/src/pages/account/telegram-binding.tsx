import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";

const KEY = ["me", "telegram"];
/** While a code waits to be sent to the bot. */
const LOOK_EVERY_MS = 3_000;

/** Makes a code by which a bot takes somebody of Telegram for the one who is signed in; nothing where no bot listens. */
export function TelegramBinding() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const code = useMutation({ mutationFn: () => api("POST /api/v1/me/telegram-code") });
  const known = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api("GET /api/v1/me/telegram", { signal }),
    refetchInterval: code.isSuccess ? LOOK_EVERY_MS : false,
  });
  const unbind = useMutation({
    mutationFn: () => api("DELETE /api/v1/me/telegram"),
    onSuccess: () => {
      code.reset();
      return queries.invalidateQueries({ queryKey: KEY });
    },
  });
  const { bots = [], bindings = [] } = known.data ?? {};
  if (bots.length === 0 && bindings.length === 0) return null;
  return (
    <section className="section" data-testid="telegram">
      <h2>Telegram</h2>
      <p className="soft">{t("account.telegramHint")}</p>
      {bindings.map(({ botId, telegramId, name }) => (
        <p key={botId}>
          <ForeignText text={name} /> <span className="soft">{telegramId}</span> ·{" "}
          <ForeignText text={bots.find(({ id }) => id === botId)?.name ?? ""} />
        </p>
      ))}
      {code.data !== undefined && (
        <p role="status">
          {t("account.telegramSend")} <code data-testid="telegram-code">/start {code.data.code}</code>
          {bots.map(({ id, username }) =>
            username === null ? null : (
              <a
                key={id}
                href={`https://t.me/${encodeURIComponent(username)}?start=${encodeURIComponent(code.data.code)}`}
                target="_blank"
                rel="noreferrer"
                style={{ marginInlineStart: "0.75rem" }}
              >
                @{username}
              </a>
            ),
          )}
        </p>
      )}
      <ErrorNotice error={code.error ?? unbind.error ?? known.error} />
      <div className="row">
        <Button variant="default" loading={code.isPending} onClick={() => code.mutate()} data-testid="telegram-bind">
          {t("account.telegramBind")}
        </Button>
        {bindings.length > 0 && (
          <Button variant="default" loading={unbind.isPending} onClick={() => unbind.mutate()}>
            {t("account.telegramUnbind")}
          </Button>
        )}
      </div>
    </section>
  );
}

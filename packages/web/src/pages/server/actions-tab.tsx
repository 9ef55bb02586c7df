import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ActionList } from "../../actions/action-list.tsx";
import { useActions } from "../../actions/actions.ts";
import { mergeActions } from "../../actions/actions-view.ts";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { CommandSection } from "./command-section.tsx";
import { RebootSection } from "./reboot-section.tsx";
import { useWatchedServer } from "./watch-context.ts";

const PAGE_ROWS = 50;

/** What was done on this server, and what can be done to the server itself. */
export function ActionsTab() {
  const { t } = useTranslation();
  const { server } = useWatchedServer();
  const live = useActions();
  const stored = useInfiniteQuery({
    queryKey: ["actions", "server", server.id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/actions", { query: { server: server.id, before: pageParam, limit: PAGE_ROWS }, signal }),
    getNextPageParam: (page) => (page.items.length < PAGE_ROWS ? undefined : page.items.at(-1)?.id),
  });
  const actions = useMemo(
    () =>
      mergeActions(
        stored.data?.pages.flatMap((page) => page.items) ?? [],
        live.filter(({ serverId }) => serverId === server.id),
      ),
    [stored.data, live, server.id],
  );
  return (
    <div data-testid="server-actions">
      <CommandSection server={server} />
      <RebootSection server={server} />
      <section className="section">
        <h2>{t("activity.recent")}</h2>
        <ErrorNotice error={stored.error} />
        {stored.data && actions.length === 0 && <div className="soft">{t("activity.none")}</div>}
        {actions.length > 0 && <ActionList actions={actions} server="hidden" />}
        {stored.hasNextPage && (
          <div>
            <Button variant="default" loading={stored.isFetchingNextPage} onClick={() => void stored.fetchNextPage()}>
              {t("audit.older")}
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}

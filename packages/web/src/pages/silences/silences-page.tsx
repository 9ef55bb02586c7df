import { Button, Checkbox } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import list from "../../components/list.module.css";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useHubSecond } from "../../live/live.ts";
import { SilenceTable } from "./silence-table.tsx";
import { standOf } from "./silence-stand.ts";
import type { SilenceStand } from "./silence-stand.ts";

const STANDS: readonly SilenceStand[] = ["active", "planned", "ended"];
/** Others may add and end some; there is no topic of them. */
const REFRESH_MS = 15_000;

/** What is not told now, what is planned, and on demand what has ended. */
export function SilencesPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const mayAdd = useRight("incidents.write");
  const [ended, setEnded] = useState<"shown" | "hidden">("hidden");
  const now = useHubSecond();
  const query = useQuery({
    queryKey: ["silences", ended],
    queryFn: ({ signal }) =>
      api("GET /api/v1/silences", { query: { ended: ended === "shown" ? "true" : "false" }, signal }),
    placeholderData: (previous) => previous,
    refetchInterval: REFRESH_MS,
  });
  const silences = query.data?.items ?? [];
  return (
    <div className="stack" data-testid="silences-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("silence.title")}</h1>
        <span className="grow" />
        <Checkbox
          size="xs"
          label={say("silence.showEnded")}
          checked={ended === "shown"}
          onChange={(event) => setEnded(event.currentTarget.checked ? "shown" : "hidden")}
          data-testid="silences-ended"
        />
        {mayAdd && (
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => askedDialog.set({ is: "silence", meant: {} })}
            data-testid="silence-add"
          >
            {say("silence.add")}
          </Button>
        )}
      </div>
      <AlertTabs />
      <ErrorNotice error={query.error} />
      {query.isPending && <p className="soft">{t("app.loading")}</p>}
      {query.data && silences.length === 0 && (
        <div data-testid="silences-none">
          <div>{say("silence.none")}</div>
          <div className="soft">{say("silence.noneHint")}</div>
        </div>
      )}
      {STANDS.map((stand) => {
        const some = silences.filter((silence) => standOf(silence, now) === stand);
        return some.length > 0 && <SilenceTable key={stand} stand={stand} silences={some} />;
      })}
    </div>
  );
}

import { NativeSelect } from "@mantine/core";
import type { NotifierView } from "@muster/protocol";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { api } from "../../api/api.ts";
import type { DeliverySearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { namedOptions } from "../../components/named-options.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Segments } from "../../components/segments.tsx";
import { DeliveryList } from "../../incidents/delivery-list.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import styles from "./notifiers.module.css";

const REFRESH_MS = 10_000;
const STATES = ["all", "waiting", "sent", "failed"] as const;

/** What was told, is to be told, or was given up, of all notifiers or of one. */
export function DeliveryLog({ notifiers }: { readonly notifiers: readonly NotifierView[] }) {
  const say = useAlertTexts();
  const { state, notifier } = useSearch({ from: "/inside/notifiers" });
  const change = useChangeSearch<DeliverySearch>();
  const query = useQuery({
    queryKey: ["deliveries", state, notifier],
    queryFn: ({ signal }) => api("GET /api/v1/deliveries", { query: { state, notifier }, signal }),
    placeholderData: (previous) => previous,
    refetchInterval: REFRESH_MS,
  });
  const deliveries = query.data?.items ?? [];
  return (
    <section className="stack" data-testid="delivery-log">
      <div className="row wrap">
        <h2>{say("delivery.log")}</h2>
        <Segments
          label={say("delivery.log")}
          value={state ?? "all"}
          options={STATES.map((one) => ({
            value: one,
            label: one === "all" ? say("delivery.any") : say(`delivery.state.${one}`),
          }))}
          onChange={(one) => change({ state: one === "all" ? undefined : one })}
          testId="delivery-state"
        />
        {notifiers.length > 1 && (
          <NativeSelect
            className={styles.choice}
            size="xs"
            aria-label={say("delivery.notifier")}
            value={notifier ?? ""}
            data={[{ value: "", label: say("delivery.anyNotifier") }, ...namedOptions(notifiers)]}
            onChange={(event) => change({ notifier: event.currentTarget.value || undefined })}
            data-testid="delivery-notifier"
          />
        )}
      </div>
      <ErrorNotice error={query.error} />
      {query.data && deliveries.length === 0 && <p className="soft">{say("delivery.none")}</p>}
      {deliveries.length > 0 && <DeliveryList deliveries={deliveries} about="shown" />}
    </section>
  );
}

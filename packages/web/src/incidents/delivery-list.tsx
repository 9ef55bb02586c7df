import { Button } from "@mantine/core";
import type { DeliveryView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import { Mark } from "../components/mark.tsx";
import type { Tone } from "../components/mark.tsx";
import { useFormat } from "../i18n/use-format.ts";
import styles from "./delivery-list.module.css";
import { useAlertTexts } from "./use-alert-texts.ts";

/** Tick, clock, crossed square. */
const STATES: Readonly<Record<DeliveryView["state"], readonly [Tone, string]>> = {
  sent: ["good", "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z"],
  waiting: ["note", "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2Zm-.7 2.4h1.4v3.1l2.2 2.2-1 1-2.6-2.7Z"],
  failed: [
    "bad",
    "M2.5 2.5h11v11h-11Zm3 1.9L4.4 5.5 6.9 8l-2.5 2.5 1.1 1.1L8 9.1l2.5 2.5 1.1-1.1L9.1 8l2.5-2.5-1.1-1.1L8 6.9Z",
  ],
};

interface DeliveryListProps {
  /** Newest first. */
  readonly deliveries: readonly DeliveryView[];
  /** What was told, with the way to its incident; hidden on the page of that incident. */
  readonly about: "shown" | "hidden";
}

/** Who was told what and when, and what became of it. */
export function DeliveryList({ deliveries, about }: DeliveryListProps) {
  return (
    <ul className={styles.list} data-testid="deliveries">
      {deliveries.map((delivery) => (
        <Delivery key={delivery.id} delivery={delivery} about={about} />
      ))}
    </ul>
  );
}

function Delivery({ delivery, about }: { readonly delivery: DeliveryView; readonly about: "shown" | "hidden" }) {
  const say = useAlertTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const mayRetry = useRight("notifiers.write");
  const { id, incidentId, state, kind, notifier, title, attempts, askedAt, nextAt, endedAt, detail } = delivery;
  const [tone, path] = STATES[state];
  const retry = useMutation({
    mutationFn: () => api("POST /api/v1/deliveries/{id}/retry", { params: { id } }),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["deliveries"] }),
        queries.invalidateQueries({ queryKey: ["incident", incidentId] }),
        queries.invalidateQueries({ queryKey: ["notifiers"] }),
      ]),
  });
  return (
    <li className={styles.delivery} data-testid="delivery" data-state={state}>
      <Mark tone={tone} path={path} text={say(`delivery.state.${state}`)} value={state} />
      <div className={styles.what}>
        <div>
          <strong>
            <ForeignText text={notifier} />
          </strong>
          <span className="soft"> · {say(`notice.${kind}`)}</span>
          {about === "shown" && title !== "" && (
            <>
              {" · "}
              {incidentId === null ? (
                <ForeignText text={title} />
              ) : (
                <Link to="/incidents/$id" params={{ id: incidentId }}>
                  <ForeignText text={title} />
                </Link>
              )}
            </>
          )}
        </div>
        {detail !== "" && (
          <div className={state === "failed" ? "bad" : "soft"}>
            <ForeignText text={detail} />
          </div>
        )}
        <ErrorNotice error={retry.error} />
      </div>
      <div className={styles.when}>
        <time dateTime={new Date(askedAt).toISOString()}>{format.dateTime(endedAt ?? askedAt)}</time>
        {attempts > 1 && (
          <span>
            {say("delivery.attempts")}: {attempts}
          </span>
        )}
        {state === "waiting" && nextAt !== null && <span>{say("delivery.next", { time: format.time(nextAt) })}</span>}
        {state === "failed" && mayRetry && (
          <Button
            variant="default"
            loading={retry.isPending}
            onClick={() => retry.mutate()}
            data-testid="delivery-retry"
          >
            {say("delivery.retry")}
          </Button>
        )}
      </div>
    </li>
  );
}

import { MINUTE_MS, SECOND_MS } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { every, parseHttpUrl, targetText } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import type { LookOut } from "./look-out.ts";

export interface HeartbeatDeps {
  readonly egress: Pick<Egress, "request">;
  /** Whether the hub does what it is there for. */
  readonly isWell: () => boolean;
  /** Told what came of each attempt. */
  readonly noteLookOut: (lookOut: LookOut) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const WAIT_MS = 10 * SECOND_MS;

/**
 * Tells somebody outside every minute that the hub works (R15). It says nothing while it does not: silence is the alarm.
 * Returns how to stop it.
 */
export function heartbeat(url: string, { egress, isWell, noteLookOut, clock, log }: HeartbeatDeps): () => void {
  const target = parseHttpUrl(url)?.target;
  let isFailing = false;
  return every(
    "heartbeat",
    MINUTE_MS,
    async () => {
      if (!isWell()) return;
      const opened = target === undefined ? [] : [targetText(target)];
      const answer = await egress.request({ url, purpose: "notifier", opened }, AbortSignal.timeout(WAIT_MS));
      if (target !== undefined) noteLookOut({ host: target.host, failure: answer.ok ? undefined : answer.failure });
      const isTaken = answer.ok && answer.status < 400;
      // The address is a secret, so that the log holds what went wrong and not where.
      if (!isTaken && !isFailing)
        log.warn("the heartbeat was not taken", { detail: answer.ok ? `status ${answer.status}` : answer.detail });
      isFailing = !isTaken;
    },
    { clock, log },
  );
}

import { browserClock, browserRandom } from "../browser/clock.ts";
import { useSecond } from "../browser/ticker.ts";
import { ApiError } from "../api/api-error.ts";
import { refreshSession } from "../api/refresh-session.ts";
import { csrfToken } from "../api/session.ts";
import { LiveConnection } from "./live-connection.ts";
import { openBrowserSocket } from "./socket.ts";

/** How long the hub may take to say that it is there. */
const PROBE_MS = 8_000;

/** The page's one connection to the hub. */
export const live = new LiveConnection({
  clock: browserClock,
  random: browserRandom,
  openSocket: openBrowserSocket,
  csrf: csrfToken,
  async probe() {
    let timer: { cancel(): void } | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = browserClock.after(PROBE_MS, () =>
        reject(new ApiError({ code: "HUB_UNREACHABLE", message: "no answer", status: 0 })),
      );
    });
    try {
      await Promise.race([refreshSession(), tooLate]);
    } finally {
      timer?.cancel();
    }
  },
});

/** The hub's time as this browser knows it: what ages are counted from. */
export const hubNow = (): number => browserClock.now() + live.clockOffsetMs.get();

/** The hub's time in whole seconds; the component is drawn anew each second. */
export const useHubSecond = (): number => useSecond() + live.clockOffsetMs.get();

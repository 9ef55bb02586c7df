import { UnstyledButton } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserClock } from "../browser/clock.ts";
import { useObservable } from "../browser/observable.ts";
import { useSecond } from "../browser/ticker.ts";
import { live } from "../live/live.ts";
import styles from "./shell.module.css";

/** A reconnection that takes less is not worth a banner that pushes the page down. */
const GRACE_MS = 1_500;

/** Says that what is on the page is not live, until it is again. */
export function LinkBanner() {
  const { t } = useTranslation();
  const state = useObservable(live.state);
  const [lost, setLost] = useState(false);
  const away = state.is !== "open" && state.is !== "closed";
  useEffect(() => {
    if (!away) {
      setLost(false);
      return;
    }
    const timer = browserClock.after(GRACE_MS, () => setLost(true));
    return () => timer.cancel();
  }, [away]);
  useEffect(() => {
    const back = (): void => live.retryNow();
    window.addEventListener("online", back);
    return () => window.removeEventListener("online", back);
  }, []);
  if (!lost) return null;
  return (
    <div className={styles.banner} role="status" data-testid="link-banner" data-state={state.is}>
      <IconPlugConnectedX size={16} className="warning" aria-hidden />
      <span>{t("link.lost")}</span>
      {state.is === "waiting" && <RetryCountdown retryAt={state.retryAt} />}
      {!navigator.onLine && <span className="soft">{t("link.offline")}</span>}
    </div>
  );
}

function RetryCountdown({ retryAt }: { readonly retryAt: number }) {
  const { t } = useTranslation();
  const seconds = Math.max(0, Math.ceil((retryAt - useSecond()) / 1_000));
  return (
    <>
      <span className="soft">{t("link.retryIn", { count: seconds })}</span>
      <UnstyledButton className="anchor" onClick={() => live.retryNow()}>
        <span style={{ color: "var(--accent)" }}>{t("link.retryNow")}</span>
      </UnstyledButton>
    </>
  );
}

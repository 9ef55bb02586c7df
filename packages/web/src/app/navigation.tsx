import { UnstyledButton } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useActions } from "../actions/actions.ts";
import { isRunning } from "../actions/actions-view.ts";
import { session } from "../api/session.ts";
import { useRight } from "../api/use-right.ts";
import { useObservable } from "../browser/observable.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { worstOf } from "../incidents/incident-state.ts";
import { useIncidents } from "../incidents/incidents.ts";
import styles from "./navigation.module.css";
import { PAGES } from "./pages.ts";

/** How many actions run now; nothing while none does. */
function RunningCount() {
  const count = useActions().filter(isRunning).length;
  return count === 0 ? null : (
    <span className={styles.running} data-testid="running-actions">
      {count}
    </span>
  );
}

/** How many incidents are open, in the colour of the worst of them; nothing while none is. */
function OpenCount() {
  const { t } = useTranslation();
  const { incidents } = useIncidents();
  const worst = worstOf(incidents.values());
  return worst === undefined ? null : (
    <span
      className={`${styles.running} ${styles.open}`}
      title={t("nav.open", { count: incidents.size })}
      data-severity={worst}
      data-testid="open-incidents-count"
    >
      {incidents.size}
    </span>
  );
}

/** Pages that lie beside the one that leads to them, not under it. */
const BESIDE = [
  ["/servers/", "/"],
  ["/runs/", "/tasks"],
  ["/silences", "/incidents"],
  ["/rules", "/incidents"],
  ["/notifiers", "/incidents"],
  ["/status-pages", "/incidents"],
] as const;

const HERE = { className: `${styles.item} ${styles.active}`, "aria-current": "page" } as const;

/** At the side on a desk, at the thumb on a phone. */
export function Navigation({ onSearch }: { readonly onSearch: () => void }) {
  const { t } = useTranslation();
  const me = useObservable(session);
  const mayAdd = useRight("join-tokens.write");
  const under = useLocation({ select: ({ pathname }) => BESIDE.find(([path]) => pathname.startsWith(path))?.[1] });
  const pages = PAGES.filter((page) => page.place !== "tab" && me?.rights.includes(page.right));
  return (
    <nav className={styles.navigation} aria-label={t("nav.main")}>
      <Link to="/" className={styles.brand}>
        <img src="/icon.svg" width={18} height={18} alt="" />
        {t("app.name")}
      </Link>
      <UnstyledButton className={`${styles.item} ${styles.search}`} onClick={onSearch} data-testid="open-palette">
        <IconSearch size={16} aria-hidden />
        <span>{t("nav.search")}</span>
        <kbd className={styles.keys}>Ctrl K</kbd>
      </UnstyledButton>
      {pages.map((page) => (
        <Link
          key={page.key}
          to={page.to}
          className={styles.item}
          data-place={page.place}
          activeProps={{ className: styles.active, "aria-current": "page" }}
          {...(page.to === under && HERE)}
          activeOptions={{ exact: page.to === "/", includeSearch: false }}
          data-testid={`nav-${page.key}`}
        >
          <page.icon size={16} aria-hidden />
          <span className="clip">
            {page.key === "account" && me ? <ForeignText text={me.user.name} /> : t(`nav.${page.key}`)}
          </span>
          {page.key === "activity" && <RunningCount />}
          {page.key === "incidents" && <OpenCount />}
        </Link>
      ))}
      {mayAdd && (
        <Link
          to="/add"
          className={`${styles.item} ${styles.add}`}
          activeProps={{ className: styles.active }}
          data-testid="nav-add"
        >
          <IconPlus size={16} aria-hidden />
          <span className={styles.long}>{t("nav.add")}</span>
          <span className={styles.short}>{t("nav.addShort")}</span>
        </Link>
      )}
    </nav>
  );
}

import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { picked, PICKED_MAX, togglePicked } from "../../fleet/picked.ts";
import list from "../../components/list.module.css";

/** Picks one row for comparing. A plain box: there may be dozens in sight. */
export function PickCell({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const ids = useObservable(picked);
  const isPicked = ids.includes(server.id);
  return (
    <input
      type="checkbox"
      className={list.pick}
      aria-label={t("compare.pick", { name: server.name })}
      checked={isPicked}
      disabled={!isPicked && ids.length >= PICKED_MAX}
      onChange={() => togglePicked(server.id)}
      data-testid="pick"
    />
  );
}

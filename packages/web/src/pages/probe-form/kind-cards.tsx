import { PROBE_KIND_NAMES, probeEntry } from "@muster/core";
import { Link } from "@tanstack/react-router";
import type { AddProbeSearch } from "../../app/search.ts";
import styles from "./form.module.css";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";

const GROUPS = ["network", "database", "panel", "own"] as const;

/** Everything that can be looked at, by what it belongs to, each with what it does. */
export function KindCards({ about }: { readonly about: AddProbeSearch }) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  return (
    <div className="stack" data-testid="probe-kinds">
      <div className="soft">{say("form.pick")}</div>
      {GROUPS.map((group) => {
        const kinds = PROBE_KIND_NAMES.filter((kind) => probeEntry(kind).group === group);
        if (kinds.length === 0) return null;
        return (
          <section key={group} className="stack">
            <h2>{say(`group.${group}`)}</h2>
            <div className={styles.kinds}>
              {kinds.map((kind) => (
                <Link
                  key={kind}
                  to="/probes/add"
                  search={{ kind, ...about }}
                  className={styles.kind}
                  data-testid={`kind-${kind}`}
                >
                  <strong>{naming.kindTitle(kind)}</strong>
                  <span>{naming.kindMeaning(kind)}</span>
                </Link>
              ))}
            </div>
          </section>
        );
      })}
    </div>
  );
}

import { PROBE_KIND_NAMES, probeEntry } from "@muster/core";
import type { AddProbeSearch } from "../../app/search.ts";
import { KindCard } from "../../components/kind-card.tsx";
import styles from "../../components/form-page.module.css";
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
                <KindCard
                  key={kind}
                  to="/probes/add"
                  search={{ kind, ...about }}
                  title={naming.kindTitle(kind)}
                  meaning={naming.kindMeaning(kind)}
                  testId={`kind-${kind}`}
                />
              ))}
            </div>
          </section>
        );
      })}
    </div>
  );
}

import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { LINK_KINDS } from "@muster/core";
import type { LinkKind } from "@muster/core";
import { LinkKindMark } from "../../components/link-mark.tsx";
import { NEW_PULL, NEW_SSH } from "../../links/link-draft.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import styles from "./add.module.css";
import { AgentWay } from "./agent-way.tsx";
import { PushWay } from "./push-way.tsx";
import { ReachedWay } from "./reached-way.tsx";

/** Adding a server: the four ways side by side with what each needs and gives, and the form of the one that is picked. */
export function AddPage() {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const { way = "agent" } = useSearch({ from: "/inside/add" });
  return (
    <div className="stack">
      <h1>{t("add.title")}</h1>
      <nav className={styles.ways} aria-label={say("way.label")}>
        {LINK_KINDS.map((kind) => (
          <Link
            key={kind}
            to="/add"
            search={kind === "agent" ? {} : { way: kind }}
            replace
            activeOptions={{ exact: true, includeSearch: true }}
            className={styles.way}
            data-testid={`way-${kind}`}
          >
            <strong>
              <LinkKindMark kind={kind} />
            </strong>
            <span className={styles.said}>
              <WayText kind={kind} />
            </span>
          </Link>
        ))}
      </nav>
      <div className={styles.picked}>
        <WayText kind={way} />
      </div>
      <div className={way === "ssh" || way === "pull" ? undefined : "stack narrow"}>
        {way === "agent" && <AgentWay />}
        {way === "ssh" && <ReachedWay key="ssh" first={NEW_SSH} />}
        {way === "pull" && <ReachedWay key="pull" first={NEW_PULL} />}
        {way === "push" && <PushWay />}
      </div>
    </div>
  );
}

/** What a way needs, and what it gives for it. */
function WayText({ kind }: { readonly kind: LinkKind }) {
  const say = useLinkTexts();
  return (
    <>
      <span>
        <span className="soft">{say("way.needs")}: </span>
        {say(`way.${kind}Needs`)}
      </span>
      <span>
        <span className="soft">{say("way.gives")}: </span>
        {say(`way.${kind}Gives`)}
      </span>
    </>
  );
}

import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import styles from "./server.module.css";

const POLICY_PATH = "/etc/muster/policy.yaml";

/** What the server grants. The hub only shows it: the file lies on the server and is root's. */
export function PolicySection({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const { policy } = server;
  return (
    <section className="section" data-testid="policy" data-policy={policy?.state ?? "unknown"}>
      <h2>{t("settings.policy")}</h2>
      {!policy && <div>{t("settings.policyUnknown")}</div>}
      {policy?.state === "monitor-only" && <div>{t("settings.policyMonitorOnly")}</div>}
      {policy?.state === "file" && <div>{t("settings.policyFile")}</div>}
      {policy?.state === "broken" && <div className="bad">{t("settings.policyBroken", { why: policy.why })}</div>}
      {policy && policy.entries.length > 0 && (
        <pre className={`${styles.policy} mono`}>
          {policy.entries.map((entry, index) => (
            <div key={index}>
              <ForeignText text={entry} />
            </div>
          ))}
        </pre>
      )}
      <div className="soft">
        {server.link === "ssh" ? t("settings.policySsh") : t("settings.policyHow", { path: POLICY_PATH })}
      </div>
    </section>
  );
}

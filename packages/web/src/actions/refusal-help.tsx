import { grantingLine } from "@muster/core";
import { useTranslation } from "react-i18next";
import { CopyLine } from "../components/copy-line.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./actions.module.css";
import type { Action } from "./actions-view.ts";
import { lacksEntry, splitRefusal } from "./policy-line.ts";

/** The policy lies on the server and is root's; this is its usual place. */
export const POLICY_PATH = "/etc/muster/policy.yaml";

interface PolicyHelpProps {
  readonly server: string;
  /** Undefined where no single line can grant it; then nothing is shown. */
  readonly line: string | undefined;
}

/** Which line would grant it, to be copied to the server: the hub cannot write it. */
export function PolicyHelp({ server, line }: PolicyHelpProps) {
  const { t } = useTranslation();
  if (line === undefined) return null;
  return (
    <div className={styles.help} data-testid="policy-help">
      <div className="soft">
        {t("action.policyHow", { path: POLICY_PATH })} <ForeignText text={server} />:
      </div>
      <CopyLine text={line} testId="policy-line" />
    </div>
  );
}

/** After a refusal by the server's own policy, the line that would have let it through. */
export function RefusalHelp({ action }: { readonly action: Action }) {
  if (action.outcome !== "refused") return null;
  const made = lacksEntry(action.detail) ? grantingLine({ name: action.action, args: action.args }) : undefined;
  return <PolicyHelp server={action.server} line={splitRefusal(action.detail).line ?? made} />;
}

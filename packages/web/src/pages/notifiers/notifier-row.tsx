import { Switch } from "@mantine/core";
import type { NotifierView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { NotifierStateLine } from "../../incidents/notifier-state.tsx";
import { TestButton } from "../../incidents/notifier-test.tsx";
import { useAlertTexts, useNotifierNaming } from "../../incidents/use-alert-texts.ts";
import styles from "./notifiers.module.css";

interface NotifierRowProps {
  readonly notifier: NotifierView;
  /** What the one is called that is told otherwise. */
  readonly fallback: string | undefined;
}

/** One notifier: whether it is on, where it tells, what and when, and how it does. */
export function NotifierRow({ notifier, fallback }: NotifierRowProps) {
  const say = useAlertTexts();
  const naming = useNotifierNaming();
  const format = useFormat();
  const queries = useQueryClient();
  const mayChange = useRight("notifiers.write");
  const { id, name, kind, target, isEnabled, isDefault, severityLeast, delayMs, repeatMs, hours } = notifier;
  const set = useMutation({
    mutationFn: (isOn: boolean) => api("PATCH /api/v1/notifiers/{id}", { params: { id }, body: { isEnabled: isOn } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["notifiers"] }),
  });
  const tells = [
    say("notifier.least", { severity: say(`severity.${severityLeast}`) }),
    ...(isDefault ? [say("notifier.isDefault")] : []),
    ...(delayMs > 0 ? [say("notifier.after", { time: format.span(delayMs) })] : []),
    ...(repeatMs > 0 ? [say("notifier.every", { time: format.span(repeatMs) })] : []),
    ...(hours === null ? [] : [say("notifier.withHours")]),
    ...(fallback === undefined ? [] : [say("notifier.fallbackTo", { name: fallback })]),
  ];
  return (
    <li className={styles.notifier} data-testid="notifier-row" data-notifier={id} data-state={notifier.state.is}>
      <Switch
        size="xs"
        aria-label={say("notifier.enabledOf", { name })}
        checked={set.isPending ? set.variables : isEnabled}
        disabled={!mayChange || set.isPending}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
        data-testid="notifier-switch"
      />
      <div className={styles.what}>
        <div className="row wrap">
          <Link to="/notifiers/$id" params={{ id }} className={styles.name} data-testid="notifier-link">
            <ForeignText text={name} />
          </Link>
          <span className="tag">{naming.kindTitle(kind)}</span>
          {!isEnabled && <span className="soft">{say("notifier.off")}</span>}
        </div>
        <div className="soft">
          <ForeignText text={target} />
        </div>
      </div>
      <div className={styles.what}>
        <NotifierStateLine notifier={notifier} />
        <div className="soft">
          <ForeignText text={tells.join(" · ")} />
        </div>
        <ErrorNotice error={set.error} />
      </div>
      <TestButton notifier={notifier} />
    </li>
  );
}

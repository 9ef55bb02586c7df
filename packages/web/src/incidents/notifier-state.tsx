import type { NotifierView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import { Mark } from "../components/mark.tsx";
import type { Tone } from "../components/mark.tsx";
import { Since } from "../components/since.tsx";
import { useAlertTexts } from "./use-alert-texts.ts";

/** Ring, tick, triangle, crossed square. */
const STATES: Readonly<Record<NotifierView["state"]["is"], readonly [Tone, string]>> = {
  untried: ["soft", "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Zm0 1.5a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z"],
  working: ["good", "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z"],
  failing: ["warning", "M8 2 15 14H1Zm-.8 4.5v3.6h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z"],
  stopped: [
    "bad",
    "M2.5 2.5h11v11h-11Zm3 1.9L4.4 5.5 6.9 8l-2.5 2.5 1.1 1.1L8 9.1l2.5 2.5 1.1-1.1L9.1 8l2.5-2.5-1.1-1.1L8 6.9Z",
  ],
};

/** How a notifier does, since when, why it fails, and how much waits for it. */
export function NotifierStateLine({ notifier: { state, waiting } }: { readonly notifier: NotifierView }) {
  const say = useAlertTexts();
  const [tone, path] = STATES[state.is];
  return (
    <span className="row wrap" data-testid="notifier-state" data-state={state.is}>
      <Mark tone={tone} path={path} text={say(`notifier.state.${state.is}`)} value={state.is} />
      {state.is !== "untried" && (
        <span className="soft">
          <Since at={state.since} />
        </span>
      )}
      {waiting > 0 && <span className="warning">{say("notifier.waiting", { count: waiting })}</span>}
      {state.detail !== "" && state.is !== "working" && <ForeignText text={state.detail} />}
      {state.is === "stopped" && <span className="soft">{say("notifier.stoppedHint")}</span>}
    </span>
  );
}

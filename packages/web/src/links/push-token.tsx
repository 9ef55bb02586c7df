import { CopyLine } from "../components/copy-line.tsx";
import { pushLine } from "./push-line.ts";
import { useLinkTexts } from "./use-link-texts.ts";

/** A token for heartbeats, the only time there is, and a line that uses it. */
export function PushToken({ serverId, token }: { readonly serverId: string; readonly token: string }) {
  const say = useLinkTexts();
  return (
    <div className="stack" data-testid="push-made">
      <div>
        <h2>{say("push.token")}</h2>
        <div className="soft">{say("push.once")}</div>
      </div>
      <CopyLine text={token} testId="push-token" />
      <div>{say("push.line")}</div>
      <CopyLine text={pushLine(location.origin, serverId, token)} testId="push-line" />
      <div className="soft">{say("push.names")}</div>
    </div>
  );
}

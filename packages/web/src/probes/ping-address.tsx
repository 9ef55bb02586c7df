import { CopyLine } from "../components/copy-line.tsx";
import { pingLines } from "./ping-lines.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** The address at which a passive probe waits, the only time there is, with lines that call it. */
export function PingAddress({ pingUrl }: { readonly pingUrl: string }) {
  const say = useProbeTexts();
  const { call, cron } = pingLines(pingUrl, say("ping.job"));
  return (
    <div className="stack" data-testid="ping-address">
      <div>{say("ping.once")}</div>
      <div>
        <div className="soft">{say("ping.address")}</div>
        <CopyLine text={pingUrl} testId="ping-url" />
      </div>
      <div>
        <div className="soft">{say("ping.call")}</div>
        <CopyLine text={call} testId="ping-call" />
      </div>
      <div>
        <div className="soft">{say("ping.cron")}</div>
        <CopyLine text={cron} testId="ping-cron" />
      </div>
    </div>
  );
}

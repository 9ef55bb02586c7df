import type { KeyReplacementView } from "@muster/protocol";
import { CopyLine } from "../../components/copy-line.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import styles from "../../links/links.module.css";
import { StepMark } from "../../links/step-mark.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";

type ReplacedServer = KeyReplacementView["servers"][number];

const MARK = { waiting: "waiting", running: "running", succeeded: "done", failed: "failed" } as const;
const TONE = { running: "soft", succeeded: "good", failed: "bad" } as const;

/** Each server with what was done there, and by which key it is reached now. */
export function ReplacementProgress({ replacement }: { readonly replacement: KeyReplacementView }) {
  const say = useLinkTexts();
  const { oldKey, newKey, servers, endedAt } = replacement;
  const hasFailed = servers.some(({ state }) => state === "failed");
  const state = endedAt === null ? "running" : hasFailed ? "failed" : "succeeded";
  const isLineMissing =
    endedAt !== null && servers.some((server) => server.state === "failed" && server.uses === "old");
  return (
    <div className="stack" data-testid="replacement" data-state={state}>
      <ol className={styles.steps} aria-label={say("keys.replacing", { old: oldKey.name, new: newKey.name })}>
        {servers.map((server) => (
          <Replaced key={server.serverId} server={server} keyName={(server.uses === "new" ? newKey : oldKey).name} />
        ))}
      </ol>
      <div role="status" className={TONE[state]}>
        {say(`keys.replace_${state}`)}
      </div>
      {isLineMissing && (
        <div>
          <div className="soft">{say("keys.replaceLine")}</div>
          <CopyLine text={newKey.publicKey} testId="replace-line" />
        </div>
      )}
    </div>
  );
}

function Replaced({ server, keyName }: { readonly server: ReplacedServer; readonly keyName: string }) {
  const say = useLinkTexts();
  const { state, uses, steps } = server;
  // Of what went well only an old line that stays needs words.
  const told =
    state === "succeeded" ? steps.filter((step) => step.step === "remove" && step.state === "skipped") : steps;
  return (
    <li
      className={styles.replaced}
      data-testid="replaced-server"
      data-server={server.server}
      data-state={state}
      data-uses={uses}
    >
      <StepMark state={MARK[state]} />
      <div className="stack" style={{ gap: 2 }}>
        <div>
          <ForeignText text={server.server} />{" "}
          {state !== "waiting" && <span className="soft">{say(`keys.server_${uses}`, { name: keyName })}</span>}
        </div>
        {told.length > 0 && (
          <ol className={styles.steps}>
            {told.map(({ step, state: each, detail }) => (
              <li key={step} className={styles.step} data-testid="replace-step" data-step={step} data-state={each}>
                <StepMark state={each} />
                <span>{say(`keys.step_${step}`)}</span>
                <span className={`${styles.detail} ${each === "failed" ? "" : "soft"}`}>
                  <ForeignText text={detail} />
                </span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </li>
  );
}

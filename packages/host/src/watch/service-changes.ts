import { exitText, serviceKeyText } from "@muster/core";
import type { LedgerNote, ServiceStatus } from "@muster/core";

/** What one more reading of a service says that the one before did not, as lines for the ledger. */
export function changesOf(
  before: ServiceStatus | undefined,
  after: ServiceStatus,
  cmd: string | null,
): readonly LedgerNote[] {
  const { driver, name, state: to } = after;
  const line = (event: LedgerNote["event"], from: LedgerNote["from"], cause: string): LedgerNote => ({
    driver,
    name,
    event,
    from,
    to,
    cause,
    cmd,
  });
  if (before === undefined) return [line("appeared", null, `${serviceKeyText(after)} is ${words(after)}`)];
  const notes: LedgerNote[] = [];
  const restarted = after.run !== null && before.run !== null && after.run !== before.run;
  if (restarted)
    notes.push(line("restarted", before.state, `a new run: ${words(after)}${byItself(before, after, cmd)}`));
  else if (before.state !== after.state)
    notes.push(line("state", before.state, `${words(after)}${ending(after)}${byItself(before, after, cmd)}`));
  if (before.health !== after.health && !restarted)
    notes.push(
      line("health", before.state, `${after.health}${after.healthDetail === "" ? "" : `: ${after.healthDetail}`}`),
    );
  return notes;
}

const words = ({ rawState, state }: ServiceStatus): string => (rawState === "" ? state : rawState);

const ending = ({ state, lastExit }: ServiceStatus): string =>
  exitText(lastExit) !== "" && (state === "failed" || state === "stopped" || state === "backing-off")
    ? `, ${exitText(lastExit)}`
    : "";

function byItself(before: ServiceStatus, after: ServiceStatus, cmd: string | null): string {
  if (cmd !== null) return "";
  const more = (after.restarts ?? 0) - (before.restarts ?? 0);
  return more > 0 ? `; its supervisor started it again (${after.restarts} times so far)` : "";
}

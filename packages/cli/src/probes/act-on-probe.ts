import { escapeControls } from "@muster/node-kit";
import type { ProbeView } from "@muster/protocol";
import { provingIdentity } from "../actions/ask.ts";
import { outcomeFailure } from "../actions/outcome-failure.ts";
import { confirm } from "../commands/options.ts";
import type { HubOptions, HubWork } from "../commands/options.ts";
import { reportText } from "./report-text.ts";

/**
 * Asks first, does it to what a probe looks at, waits, and tells what came of it. Throws what the outcome is worth unless
 * it succeeded.
 */
export async function actOnProbe(
  { shell, hub, options, show }: HubWork<HubOptions & { readonly yes?: boolean }>,
  { id }: ProbeView,
  { act, given, question }: { readonly act: string; readonly given: object; readonly question: string },
): Promise<void> {
  await confirm(shell, options.yes, question);
  const acted = await provingIdentity(shell, hub, options, (client) =>
    client.call("POST /api/v1/probes/{id}/acts/{act}", { params: { id, act }, body: { arguments: given as never } }),
  );
  await show(acted, async () => `${acted.outcome}: ${escapeControls(acted.detail)}\n${await reportText(acted.report)}`);
  const failure = outcomeFailure([acted]);
  if (failure) throw failure;
}

// Makes docs/images/overview.png: three servers live. Run by hand: node e2e/browser/screenshot.ts
// The three are agents of this machine under names that a reader expects; what they show is what they really read.
import { join } from "node:path";
import { waitFor } from "@muster/testkit";
import type { Evidence } from "../support/evidence.ts";
import { startPanel } from "../support/panel.ts";
import { buildPrograms, workspace } from "../support/programs.ts";

const SERVERS = [
  { name: "web-1", tags: ["prod", "eu"] },
  { name: "db-1", tags: ["prod", "eu"] },
  { name: "backup", tags: ["home"] },
];
/** So much history makes the sparkline a line. */
const HISTORY_MS = Number(process.argv[2] ?? 180_000);

await buildPrograms();
const noEvidence: Evidence = { add: () => undefined };
await using panel = await startPanel(noEvidence, { env: { MUSTER_INTERVAL_MS: "1000" } });
for (const { name, tags } of SERVERS) {
  await panel.addAgent(name);
  const { id } = await panel.client.server(name);
  await panel.client.call("PATCH /api/v1/servers/{id}", { params: { id }, body: { tags } });
}
const startedAt = Date.now();
await waitFor(() => Date.now() - startedAt > HISTORY_MS, { timeoutMs: HISTORY_MS + 10_000, describe: "some history" });
await using browser = await panel.browse("signed-in", { width: 1440, height: 480, scheme: "dark" });
await browser.page.goto(panel.url);
for (const { name } of SERVERS)
  await browser.page.locator('[data-testid="server-row"][data-state="online"]', { hasText: name }).waitFor();
await browser.page.screenshot({ path: join(workspace, "docs/images/overview.png"), animations: "disabled" });
console.log("docs/images/overview.png is made");

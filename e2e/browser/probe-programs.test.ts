import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { needs } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { keepEvidence } from "../support/evidence.ts";
import { startPanel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

// The policy file must belong to root.
const describeBrowser = await needs("chromium", "root");
const evidence = keepEvidence();
beforeAll(buildPrograms, 180_000);

describeBrowser("programs of servers in a browser", () => {
  test("[UI40] [UI41] [PB16] a program needs a server to run it, is told how it is allowed, and draws its numbers", async () => {
    await using panel = await startPanel(evidence);
    const { directory, client } = panel;
    await using browser = await panel.browse("signed-in");
    const { page } = browser;
    const text = async (id: string): Promise<string> => (await page.getByTestId(id).textContent()) ?? "";
    const press = (id: string) => page.getByTestId(id).click();
    const errorAt = (id: string) => page.getByTestId(id).and(page.locator('[aria-invalid="true"]')).waitFor();

    await page.goto(`${panel.url}/probes/add`);
    await press("kind-exec");
    await page.getByText("There is no server yet that is reached by SSH or has an agent.").waitFor();
    await page.getByTestId("field-program").fill("--users");
    await press("probe-save");
    await errorAt("field-program");
    await errorAt("probe-via");
    await page.getByText("choose a server: this kind looks from a server only").waitFor();

    const script = directory.file("users.sh");
    writeFileSync(script, '#!/bin/sh\necho "few are here"\necho users=7\n');
    chmodSync(script, 0o755);
    mkdirSync(directory.file("etc"), { mode: 0o755 });
    const policy = directory.file("etc", "policy.yaml");
    await panel.addAgent("inside", { env: { MUSTER_AGENT_POLICY: policy } });
    await client.serverWhen("inside", "is online", ({ presence }) => presence.is === "online");
    await page.getByTestId("probe-via").selectOption({ label: "inside" });
    await page.getByTestId("field-program").fill("users");
    await press("probe-trial");
    await page.locator('[data-testid="trial-result"][data-health="unknown"]').waitFor();
    expect(await text("trial-result")).toContain('add "users: [/path/to/the/program]" under probe: exec:');
    writeFileSync(policy, `version: 1\nprobe: {exec: {users: [${script}]}}\n`, { mode: 0o644 });
    await press("probe-trial");
    await page.locator('[data-testid="trial-result"][data-health="healthy"]').waitFor();
    await press("probe-save");
    await page.locator('[data-testid="probe-page"][data-health="healthy"]').waitFor();
    // Without a name it is called after its program.
    expect(await text("probe-title")).toBe("users");
    expect(await text("probe-detail")).toContain("few are here");
    expect(await text("probe-report")).toContain("custom_users");
    await page.locator('[data-testid="plot-custom_users"]').waitFor();
    expect(browser.complaints).toEqual([]);
  }, 90_000);
});

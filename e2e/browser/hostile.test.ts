import { copyFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needs, startProgram, waitFor } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepEvidence } from "../support/evidence.ts";
import { joinAgent } from "../support/agent-program.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { agentArgv, buildPrograms } from "../support/programs.ts";

const describeHostile = await needs("chromium", "root");
const evidence = keepEvidence();

/** What a hostile machine can call things: a tag that would run, a terminal's red, a turned direction. */
const TAG = "<img src=x onerror=hacked=1>";
const RED = "\u001B[31mred\u001B[0m";
const TURNED = "abc\u202Egpj.exe";
const HOSTILE = `${TAG} ${RED} ${TURNED}`;

describeHostile("[XS-01] a machine with hostile names", () => {
  let panel: Panel;
  let serverId: string;
  const programs = new AsyncDisposableStack();

  beforeAll(async () => {
    await buildPrograms();
    panel = await startPanel(evidence, { env: { MUSTER_INTERVAL_MS: "1000" } });
    const { directory, client, url } = panel;
    // A process whose name, path and arguments are hostile.
    const folder = directory.file("programs");
    mkdirSync(folder);
    const sleeper = join(folder, "<img src=x>");
    copyFileSync("/bin/sleep", sleeper);
    chmodSync(sleeper, 0o755);
    // A mount point, a host name and a system whose names are hostile, in namespaces that end with the agent.
    const mountPoint = join(directory.path, "mnt <img src=x onerror=hacked=2>");
    mkdirSync(mountPoint);
    const release = directory.file("os-release");
    writeFileSync(release, `NAME="${HOSTILE.replaceAll("\u001B", "\u001B")}"\nVERSION_ID="1"\nID=hostile\n`);
    const { token } = await client.call("POST /api/v1/join-tokens", { body: { name: "hostile" } });
    const place = { state: directory.file("agent") };
    const joined = await joinAgent(url, token, "hostile", place);
    expect(joined.exitCode, joined.stderr).toBe(0);
    const script = [
      'mount -t tmpfs -o size=1m "$1" "$2"',
      'mount --bind "$3" "$(readlink -f /etc/os-release)"',
      'printf %s "$1" > /proc/sys/kernel/hostname',
      '{ (exec -a "$4" "$5" 1000) & }',
      "shift 5",
      'exec "$@"',
    ].join(" && ");
    const namespaces = [
      "--mount",
      "--uts",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "--propagation",
      "private",
    ];
    const agent: Program = await startProgram(
      [
        ...["unshare", ...namespaces, "--", "bash", "-c", script, "bash"],
        ...[TAG, mountPoint, release, HOSTILE, sleeper, ...agentArgv, "run"],
      ],
      {
        env: {
          MUSTER_AGENT_STATE: place.state,
          MUSTER_AGENT_MOUNTS: `/,${mountPoint}`,
          MUSTER_AGENT_POLICY: `${place.state}/none`,
        },
      },
    );
    programs.use(agent);
    evidence.add("agent.log", () => agent.output);
    const server = await client.serverWhen(
      "hostile",
      "tells what it is",
      (one) => one.facts !== null && one.summary.worstDisk !== null,
      45_000,
    );
    serverId = server.id;
    await client.call("PATCH /api/v1/servers/{id}", { params: { id: serverId }, body: { notes: HOSTILE } });
    await client.call("POST /api/v1/servers/{id}/actions", {
      params: { id: serverId },
      body: { action: "agent.ping", reason: HOSTILE },
    });
    // Somebody who fails to sign in chooses what the audit log has to show.
    await client.refusal("POST /api/v1/login", { body: { name: HOSTILE, password: "x" } });
  });
  afterAll(async () => {
    await programs.disposeAsync();
    await panel?.[Symbol.asyncDispose]();
  });

  test("names that are none are refused at every door", async () => {
    for (const name of [TAG, RED, TURNED, "nul\0", "x".repeat(10_000), "../..", ""]) {
      const refused = await panel.client.refusal("PATCH /api/v1/servers/{id}", {
        params: { id: serverId },
        body: { name },
      });
      expect(refused.status, JSON.stringify(name.slice(0, 20))).toBe(400);
    }
    const refused = await panel.client.refusal("PATCH /api/v1/servers/{id}", {
      params: { id: serverId },
      body: { tags: [TAG] },
    });
    expect(refused.status).toBe(400);
    await using browser = await panel.browse("signed-in");
    await browser.page.goto(`${panel.url}/servers/${serverId}/settings`);
    await browser.page.getByTestId("setting-name").fill(TAG);
    await browser.page.getByTestId("setting-save").click();
    await browser.page.locator('[data-testid="setting-name"][aria-invalid="true"]').waitFor();
    browser.forgive(/status of 400/);
    expect(browser.complaints).toEqual([]);
  });

  test("every view shows them as text, marks what is invisible, and runs nothing", async () => {
    await using browser = await panel.browse("signed-in");
    const { page } = browser;
    const server = `/servers/${serverId}`;
    const shown: Record<string, string> = {};
    for (const [path, there] of [
      ["/", '[data-testid="server-row"]'],
      ["/?view=tiles", '[data-testid="server-tile"]'],
      [server, '[data-testid="plot-filesystem_ratio"][data-at]'],
      [`${server}/processes?q=onerror`, '[data-testid="process-row"]'],
      [`${server}/processes?q=onerror&view=tree`, '[data-testid="process-row"]'],
      [`${server}/settings`, '[data-testid="setting-notes"]'],
      ["/audit", '[data-testid="audit-row"]'],
    ] as const) {
      await page.goto(panel.url + path);
      // Charts draw in sight only.
      if (path === server) await page.getByTestId("plot-filesystem_ratio").scrollIntoViewIfNeeded();
      await page.locator(there).first().waitFor();
      if (path === "/audit") {
        for (const row of await page.getByTestId("audit-row").all()) await row.getByRole("button").click();
      }
      shown[path] = await page.locator("body").innerText();
      const verdict = await page.evaluate<string>(`(() => {
        const injected = document.querySelectorAll('img[src="x"], [onerror]').length;
        const raw = [...document.body.innerText].filter((sign) => "\\u001B\\u202E\\0".includes(sign)).length;
        return JSON.stringify({ injected, hacked: window.hacked ?? null, raw });
      })()`);
      expect(JSON.parse(verdict), path).toEqual({ injected: 0, hacked: null, raw: 0 });
      await browser.picture(`hostile-${Object.keys(shown).length}`);
    }
    expect(shown[server]).toContain(TAG);
    expect(shown[server]).toContain("mnt <img src=x onerror=hacked=2>");
    expect(shown[`${server}/processes?q=onerror`]).toContain(TAG);
    expect(await page.getByTestId("audit").innerText()).toContain(TAG);
    await page.goto(panel.url + server);
    // The marks stand in place of what would turn or colour the line.
    await waitFor(async () => (await page.locator(".foreign-mark").allTextContents()).length > 0, {
      describe: "marks are shown",
    });
    expect(new Set(await page.locator(".foreign-mark").allTextContents())).toContain("202E");
    await page.goto(`${panel.url}${server}/processes?q=onerror`);
    await page.getByTestId("process-row").first().waitFor();
    expect(new Set(await page.locator(".foreign-mark").allTextContents())).toContain("202E");
    expect(browser.complaints).toEqual([]);
  });
});

import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { freePort, needs, runProgram, startProgram, waitFor } from "@muster/testkit";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { ED25519, LINKED, NEW_HOST_KEY, OTHER } from "../stand-in/stand-in-links.ts";
import { HOSTILE, idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { keepEvidence } from "../support/evidence.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();

const server = (place: keyof typeof LINKED): string => `/servers/${idOf(1, LINKED[place])}`;

describeBrowser("the pages of servers without an agent", () => {
  let hub: StandInHub;
  let browser: Browser;
  let page: Page;

  beforeAll(() => buildPrograms());
  beforeEach(async () => {
    hub = await startStandInHub({ links: "all" });
    browser = await openBrowser();
    page = browser.page;
  });
  afterEach(async () => {
    const { complaints } = browser;
    await browser[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
    expect(complaints, "nothing fails in the console").toEqual([]);
  });

  const go = (path: string) => page.goto(hub.url + path);
  const fill = (id: string, text: string) => page.getByTestId(id).fill(text);
  const press = (id: string) => page.getByTestId(id).click();
  const text = async (id: string): Promise<string> => (await page.getByTestId(id).allTextContents()).join("\n");
  const steps = async (): Promise<string[]> => {
    const all = await page.getByTestId("link-step").all();
    return Promise.all(
      all.map(async (one) => `${await one.getAttribute("data-step")} ${await one.getAttribute("data-ok")}`),
    );
  };

  test("[UI20] the four ways stand side by side with what each needs and gives; the picked one is in the address", async () => {
    await go("/add");
    await page.getByTestId("way-push").waitFor();
    for (const way of ["agent", "ssh", "pull", "push"])
      expect(await text(`way-${way}`), way).toMatch(/Needs: .+Gives: .+/);
    await page.getByTestId("way-agent").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByTestId("link-host").waitFor();
    expect(page.url()).toBe(`${hub.url}/add?way=ssh`);
    const current = page.locator('[data-testid^="way-"][aria-current="page"]');
    expect(await current.count()).toBe(1);
    expect(await current.getAttribute("data-testid")).toBe("way-ssh");
    await page.reload();
    await page.getByTestId("link-host").waitFor();
  });

  test("[UI20] what is missing is told beside its field, and nothing is asked for before", async () => {
    await go("/add?way=ssh");
    await page.getByTestId("link-host").waitFor();
    expect(await page.getByText("must be filled in").count()).toBe(0);
    await press("add-submit");
    expect(await page.getByText("must be filled in").count()).toBe(2);
    await page.getByText("pick a key, or make one").waitFor();
    await fill("link-port", "70000");
    await page.getByText("write a number from 1 to 65535").waitFor();
    await press("link-try");
    expect(hub.asked).toEqual([]);
  });

  test("[UI20] [UI30] an agent that the hub calls is asked for by the same form; what is wrong is told at its field", async () => {
    await go("/add");
    await page.getByTestId("agent-caller").locator('[data-value="hub"]').click();
    await press("add-submit");
    expect(await page.getByText("must be filled in").count()).toBe(2);
    await fill("link-dial", "10.1.0.9:8766");
    await page.getByText("must be like wss://10.0.0.5:8766").waitFor();
    await fill("link-dial", " ws://10.1.0.9:8766");
    await page.getByTestId("dial-plain").waitFor();
    await fill("add-name", "gate");
    await press("add-submit");
    await page.getByText("is taken by another server").waitFor();
    browser.forgive(/status of 409/);
    await fill("add-name", "inner 2");
    await fill("add-tags", "home");
    await press("add-submit");
    await page.getByTestId("dial-left").waitFor();
    const link = { kind: "agent", dial: "ws://10.1.0.9:8766" };
    expect(hub.asked.at(-1)).toEqual({ name: "inner 2", tags: ["home"], link });
    expect(await text("dial-install")).toBe("node agent.mjs install --listen 10.1.0.9:8766");
    expect(await text("dial-start")).toMatch(/^printf %s mst1\..+ join --name 'inner 2' --listen 10\.1\.0\.9:8766 /);
    expect(await page.getByTestId("dial-certificate").count()).toBe(0);
    expect(await text("dial-tried")).toBe("Last try: nothing listens there");
    await fill("dial-listen", "$(id)");
    await page.getByText("must be a port, or host and port").waitFor();
    expect(await page.getByTestId("dial-start").count()).toBe(0);
    // What was shown once can be had again only as another token.
    await press("dial-open");
    await press("tab-connection");
    await press("dial-renew");
    await page.getByTestId("dial-left").waitFor();
    expect(await text("dial-start")).toContain("mst1.");
  });

  test("[UI21] a test shows each step; the host key that was approved in the form is approved at the server by itself", async () => {
    await go("/add?way=ssh");
    await fill("add-name", "fresh");
    await fill("link-host", " 10.1.0.9 ");
    await page.getByTestId("link-key").selectOption({ label: "nightly (ssh-ed25519)" });
    expect(await text("link-key-line")).toMatch(/^ssh-ed25519 AAAA/);
    await press("link-try");
    await page.getByTestId("shown-host-key").waitFor();
    expect(await steps()).toEqual(["name true", "port true", "protocol true", "host-key false"]);
    expect(await text("shown-host-key")).toContain(NEW_HOST_KEY.fingerprint);
    const link = { kind: "ssh", host: "10.1.0.9", user: "root", authentication: "key", keyId: idOf(7, 1) };
    expect(hub.asked).toEqual([{ link }]);
    await page.getByTestId("host-key-accept").check();
    // Another address is another machine: what was shown and approved is not its key.
    await fill("link-host", "10.1.0.10");
    await page.getByTestId("shown-host-key").waitFor({ state: "detached" });
    await fill("link-host", "10.1.0.9");
    await page.getByTestId("shown-host-key").waitFor();
    await page.getByTestId("host-key-accept").check();
    await press("add-submit");
    await page.getByTestId("server-page").waitFor();
    await waitFor(() => hub.asked.length === 3, { describe: () => `it is approved; asked was ${hub.asked.length}` });
    expect(hub.asked.slice(1)).toEqual([{ name: "fresh", link }, { fingerprint: NEW_HOST_KEY.fingerprint }]);
    await page.getByTestId("host-key-notice").waitFor({ state: "detached" });
    await page.locator('[data-testid="server-state"] [data-state="online"]').waitFor();
  });

  test("[UI21] a key that nobody approved waits on the server's page, and is approved by keyboard", async () => {
    await go("/add?way=ssh");
    await fill("add-name", "unseen");
    await fill("link-host", "10.1.0.9");
    await page.getByTestId("link-authentication").locator('[data-value="password"]').click();
    await fill("link-secret", "hunter2 and more");
    await press("add-submit");
    await page.getByTestId("host-key-notice").waitFor();
    expect(hub.asked).toEqual([
      {
        name: "unseen",
        link: { kind: "ssh", host: "10.1.0.9", user: "root", authentication: "password" },
        secret: "hunter2 and more",
      },
    ]);
    expect(await page.getByTestId("host-key-notice").getAttribute("data-case")).toBe("first");
    await page.getByTestId("host-key-approve").press("Enter");
    await page.getByTestId("host-key-notice").waitFor({ state: "detached" });
    expect(hub.asked.at(-1)).toEqual({ fingerprint: NEW_HOST_KEY.fingerprint });
  });

  test("[UI22] a changed host key is a warning with both fingerprints; refusing approves nothing, approving needs the name", async () => {
    await go(server("changed"));
    const notice = page.getByTestId("host-key-notice");
    await notice.waitFor();
    expect(await notice.getAttribute("data-case")).toBe("changed");
    const said = (await notice.textContent()) ?? "";
    for (const part of [ED25519.fingerprint, OTHER.fingerprint, "somebody stands between"])
      expect(said).toContain(part);
    await press("host-key-refuse");
    await waitFor(() => hub.asked.length === 1, { describe: "it is looked at again" });
    expect(hub.asked).toEqual([undefined]);
    await press("host-key-approve");
    expect(await text("confirm")).toContain(OTHER.fingerprint);
    expect(await page.getByTestId("confirm-submit").isDisabled()).toBe(true);
    await fill("confirm-word", "old-box");
    await press("confirm-submit");
    await notice.waitFor({ state: "detached" });
    expect(hub.asked.at(-1)).toEqual({ fingerprint: OTHER.fingerprint });
  });

  test("[UI23] a secret is set, replaced and removed and never shown; what moves elsewhere says that it is forgotten", async () => {
    await go(`${server("login")}/connection`);
    await page.getByTestId("secret-state").waitFor();
    await fill("link-user", "olga2");
    await page.getByText("so what is kept is forgotten").waitFor();
    await fill("link-user", "olga");
    await page.getByTestId("link-sudo").check();
    await press("link-save");
    await page.getByTestId("link-saved").waitFor();
    const link = { kind: "ssh", host: "10.1.0.4", port: 2222, user: "olga", authentication: "password", sudo: true };
    expect(hub.asked.at(-1)).toEqual({ link });
    await press("secret-replace");
    expect(await page.getByTestId("link-secret").inputValue()).toBe("");
    await fill("link-secret", "another one");
    await press("link-save");
    await page.getByTestId("secret-state").waitFor();
    expect(hub.asked.at(-1)).toEqual({ link, secret: "another one" });
    expect(await page.content()).not.toContain("another one");
    await press("secret-remove");
    expect(await page.getByTestId("secret-state").getAttribute("data-state")).toBe("removed");
    await press("link-save");
    await page.getByTestId("link-secret").waitFor();
    expect(hub.asked.at(-1)).toEqual({ link, secret: null });
  });

  test("[UI24] the connection says how it does, tests each step, and reads at once", async () => {
    await go(`${server("login")}/connection`);
    await page.getByTestId("link-health").waitFor();
    expect(await text("link-health")).toMatch(/login refused.*the server refused the key nightly/);
    expect(await text("server-warning")).toContain("login refused: the server refused the key nightly");
    await press("link-try");
    await page.getByTestId("link-test").waitFor();
    expect((await steps()).at(-1)).toBe("login false");
    await press("link-read");
    await page.getByTestId("error").waitFor();
    browser.forgive(/status of 503/);
    await go(`${server("ssh")}/connection`);
    await press("link-read");
    await page.getByTestId("link-was-read").waitFor();
    expect(await text("link-health")).toContain("38 ms");
  });

  test("[UI25] what answers a pull is found out by the test, and is needed before the server is added", async () => {
    await go("/add?way=pull");
    await fill("add-name", "box-2");
    await fill("link-url", "http://10.1.0.9:9527");
    await press("add-submit");
    await page.getByText("it finds out what answers").waitFor();
    expect(hub.asked).toEqual([]);
    await fill("link-url", "http://10.1.0.9:9100");
    await press("link-try");
    await page.locator('[data-testid="link-test"][data-ok="true"]').waitFor();
    expect(await page.getByTestId("link-adapter").inputValue()).toBe("node-exporter");
    expect(hub.asked.map((one) => (one as { link: { adapter: string } }).link.adapter)).toEqual([
      "ipvtl",
      "node-exporter",
    ]);
    await fill("link-url", "http://10.1.0.9:9527");
    await page.getByTestId("link-adapter").selectOption("find");
    await press("link-try");
    await page.getByTestId("link-channels").waitFor();
    expect(await text("link-found")).toContain("IPVTL");
    expect(await page.getByTestId("link-adapter").inputValue()).toBe("ipvtl");
    await fill("link-channels", "1 = News\nx");
    await press("add-submit");
    await page.getByText("each line must be a number, = and a name").waitFor();
    await fill("link-channels", "1 = News\n2 = Sport");
    await press("add-submit");
    await page.getByTestId("tab-channels").waitFor();
    await waitFor(() => hub.asked.at(-1) === undefined, { describe: "it is read at once" });
    expect(hub.asked.at(-2)).toEqual({
      name: "box-2",
      link: {
        kind: "pull",
        adapter: "ipvtl",
        url: "http://10.1.0.9:9527",
        channelNames: { "1": "News", "2": "Sport" },
      },
    });
  });

  test("a name that is taken is told at the name", async () => {
    await go("/add?way=push");
    await fill("add-name", "gate");
    await press("add-submit");
    await page.getByText("is taken by another server").waitFor();
    browser.forgive(/status of 409/);
  });

  test("[UI26] the overview says how each server is reached, and why one is not, as text", async () => {
    await go("/");
    const row = (name: string) => page.getByTestId("server-row").filter({ hasText: name });
    await row("nas").waitFor();
    for (const [name, kind] of [
      ["gate", "SSH"],
      ["tv-1", "Pull"],
      ["backup-box", "Push"],
      ["web-1", "Agent"],
    ] as const)
      expect(await row(name).locator('[data-column="name"]').textContent(), name).toBe(`${kind}${name}`);
    const trouble = (await row("nas").getByTestId("link-trouble").textContent()) ?? "";
    expect(trouble).toMatch(/^connection failsconnection refused by <img src=x/);
    expect(trouble).not.toContain(HOSTILE);
    expect(await row("nas").locator("img").count()).toBe(0);
    expect(await row("locked-out").getByTestId("link-trouble").textContent()).toContain("login refused");
    expect(await row("new-box").getByTestId("link-trouble").textContent()).toContain("host key not approved");
    expect(await page.getByTestId("link-trouble").count()).toBe(4);
    await fill("filter", "link:login");
    await row("nas").waitFor({ state: "detached" });
    expect(await page.getByTestId("server-row").count()).toBe(1);
  });

  test("[UI26] the page of a server shows only what its link can give, and nothing about an agent that it lacks", async () => {
    const tabs = async (): Promise<string[]> =>
      page.locator('[data-testid^="tab-"]').evaluateAll((all) => all.map((one) => one.textContent ?? ""));
    await go(`${server("push")}/settings`);
    await page.getByTestId("setting-name").waitFor();
    expect(await tabs()).toEqual(["Metrics", "Connection", "Settings"]);
    expect(await page.locator("#content").textContent()).not.toMatch(/agent/i);
    await go(`${server("channels")}/settings`);
    await page.getByTestId("tab-channels").waitFor();
    expect(await tabs()).toEqual(["Metrics", "Channels", "Actions", "Connection", "Settings"]);
    await go(`${server("ssh")}/settings`);
    await page.getByTestId("tab-processes").waitFor();
    expect(await page.getByTestId("ping").count()).toBe(0);
    await go(`/servers/${idOf(1, 0)}/settings`);
    await page.getByTestId("ping").waitFor();
    expect(await page.getByTestId("tab-connection").count()).toBe(0);
  });

  test("[UI27] a channel is restarted by one press and shows what came of it; stop asks first", async () => {
    await go(`${server("channels")}/channels`);
    const row = (name: string) => page.getByTestId("service-row").filter({ hasText: name });
    await row("News").waitFor();
    const cell = (name: string, id: string) => row(name).locator(`[data-column="${id}"]`).textContent();
    expect([await cell("News", "frameRate"), await cell("News", "bitRate")]).toEqual(["25 fps", "4.2 Mbit/s"]);
    expect([await cell("Sport", "frameRate"), await cell("Sport", "bitRate")]).toEqual(["0 fps", "0 bit/s"]);
    expect([await cell("Children", "frameRate"), await cell("Children", "bitRate")]).toEqual(["–", "–"]);
    expect(await row("Sport").textContent()).toContain("stalled: it sends no frames");
    await row("News").getByTestId("act-restart").click();
    await row("News").getByTestId("action-stage").waitFor();
    expect(hub.asked).toEqual([{ action: "service.restart", targets: { services: [idOf(2, 9_000)] } }]);
    await page.locator('[data-testid="action-list"] [data-stage="succeeded"]').waitFor();
    await row("News").getByTestId("act-restart").waitFor();
    await row("Films").getByTestId("act-stop").click();
    await page.getByTestId("bulk-target").waitFor();
    expect(hub.asked).toHaveLength(1);
    await press("bulk-submit");
    await page.locator('[data-testid="bulk-target"] [data-stage="succeeded"]').waitFor();
    expect(hub.asked.at(-1)).toEqual({ action: "service.stop", targets: { services: [idOf(2, 9_002)] } });
  });

  test("[UI27] channels are sorted by what they send, and tell it on a phone and on their own page too", async () => {
    await go(`${server("channels")}/channels`);
    const names = () =>
      page
        .getByTestId("service-row")
        .evaluateAll((rows) => rows.map((one) => one.querySelector("[data-column=name]")?.textContent));
    await press("service-sort-bitRate");
    await page.waitForURL(/sort=-bitRate/);
    expect(await names()).toEqual(["6 · Spare", "3 · Films", "1 · News", "2 · Sport", "4", "5 · Children"]);
    await page.setViewportSize({ width: 390, height: 844 });
    const news = page.getByTestId("service-row").filter({ hasText: "News" });
    await news.filter({ hasText: "25 fps" }).filter({ hasText: "4.2 Mbit/s" }).waitFor();
    await news.getByTestId("service-link").click();
    await page.getByText("Frame rate").waitFor();
    expect(await page.getByText("4.2 Mbit/s").count()).toBe(1);
  });

  test("[UI28] keys are made and taken in after a proof of identity; their private half is nowhere afterwards", async () => {
    await go("/settings/ssh-keys");
    await page.getByTestId("ssh-keys").waitFor();
    await press("add-key");
    await fill("key-name", "imported");
    await page.getByTestId("key-how").locator('[data-value="import"]').click();
    await page.getByTestId("key-file").setInputFiles({
      name: "id_ed25519",
      mimeType: "text/plain",
      buffer: Buffer.from("not a key at all"),
    });
    await fill("key-passphrase", "open sesame");
    await press("key-submit");
    await fill("step-up-password", "whatever it is");
    await press("step-up-submit");
    await page.getByText("is not a private key").waitFor();
    await fill("key-private", "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETSECRET\n");
    await press("key-submit");
    await page.getByTestId("public-line").waitFor();
    expect(await text("public-line")).toMatch(/^ssh-ed25519 /);
    expect(hub.asked.at(-1)).toEqual({
      name: "imported",
      privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETSECRET\n",
      passphrase: "open sesame",
    });
    expect(await page.content()).not.toMatch(/SECRETSECRET|open sesame/);
    browser.forgive(/status of 40[03]/);
  });

  test("[UI28] a key that servers use cannot be deleted and says which; another goes after its name was typed", async () => {
    const key = (name: string) => page.locator(`[data-testid="ssh-key"][data-key="${name}"]`);
    await go("/settings/ssh-keys");
    await key("nightly").waitFor();
    expect(await key("nightly").getByTestId("key-used-by").textContent()).toBe("gatenew-boxold-box");
    expect(await key("nightly").getByTestId("key-delete").isDisabled()).toBe(true);
    await key("spare").getByTestId("key-delete").click();
    await fill("confirm-word", "spare");
    await press("confirm-submit");
    await fill("step-up-password", "whatever it is");
    await press("step-up-submit");
    await key("spare").waitFor({ state: "detached" });
    browser.forgive(/status of 403/);
    await key("nightly").getByRole("link", { name: "gate" }).click();
    await page.getByTestId("connection").waitFor();
  });

  test("[UI31] a key is replaced on the servers that are picked; each tells its steps, and what is missing is there to copy", async () => {
    const key = (name: string) => page.locator(`[data-testid="ssh-key"][data-key="${name}"]`);
    const tick = (name: string) => page.locator(`[data-testid="replace-server"][data-server="${name}"]`);
    const replaced = (name: string) => page.locator(`[data-testid="replaced-server"][data-server="${name}"]`);
    await go("/settings/ssh-keys");
    await key("nightly").getByTestId("key-replace").click();
    await page.getByTestId("replace-by").waitFor();
    expect(await page.getByTestId("replace-submit").isDisabled()).toBe(true);
    // A key that is made here is picked at once.
    await press("replace-make");
    await fill("key-name", "next");
    await press("key-submit");
    await fill("step-up-password", "whatever it is");
    await press("step-up-submit");
    await page.getByTestId("replace-by").waitFor();
    expect(await page.getByTestId("replace-by").locator("option:checked").textContent()).toBe("next (ssh-ed25519)");
    expect(await page.getByTestId("replace-server").count()).toBe(3);
    await tick("old-box").uncheck();
    await press("replace-submit");
    await page.locator('[data-testid="replacement"][data-state="failed"]').waitFor();
    const newKeyId = (hub.asked.at(-1) as { newKeyId: string }).newKeyId;
    const servers = [idOf(1, LINKED.ssh), idOf(1, LINKED.first)];
    expect(hub.asked.at(-1)).toEqual({ newKeyId, servers, install: false, remove: false });
    expect(await replaced("gate").getAttribute("data-uses")).toBe("new");
    expect(await replaced("gate").textContent()).toContain("is reached by next");
    expect(await replaced("new-box").textContent()).toContain("keeps nightly");
    expect(await replaced("new-box").getByTestId("replace-step").getAttribute("data-state")).toBe("failed");
    expect(await replaced("new-box").textContent()).toContain("<img src=x onerror=");
    expect(await text("replace-line")).toMatch(/^ssh-ed25519 AAAA/);
    // Asked again, it goes on from there; one that was switched may be picked for its old line.
    await press("replace-again");
    await page.getByTestId("replace-remove").check();
    expect(await tick("gate").isChecked()).toBe(false);
    await tick("gate").check();
    await page.getByTestId("replace-install").check();
    await tick("old-box").uncheck();
    await press("replace-submit");
    await page.locator('[data-testid="replacement"][data-state="succeeded"]').waitFor();
    expect(hub.asked.at(-1)).toEqual({ newKeyId, servers: servers.toReversed(), install: true, remove: true });
    expect(await replaced("new-box").getAttribute("data-uses")).toBe("new");
    expect(await replaced("gate").textContent()).toContain("twin is the same account");
    await press("replace-close");
    await waitFor(async () => (await key("next").getByTestId("key-used-by").textContent()) === "gatenew-box", {
      describe: "the list tells who uses which key now",
    });
    browser.forgive(/status of 403/);
  });

  test("[DP1] the agent is installed after a question and a proof, step by step, and taken away again", async () => {
    await go(`${server("ssh")}/connection`);
    await press("agent-deploy");
    await press("confirm-submit");
    await fill("step-up-password", "whatever it is");
    await press("step-up-submit");
    const shown = page.getByTestId("deployment");
    await page.locator('[data-testid="deployment"][data-state="succeeded"]').waitFor();
    expect(
      await page.getByTestId("deployment-step").evaluateAll((all) => all.map((one) => one.getAttribute("data-state"))),
    ).toEqual(["done", "done", "skipped", "done", "done", "done", "done"]);
    // The page stays, with the way back, though the server reports by itself now.
    await page.locator('[data-testid="agent"][data-link="agent"]').waitFor();
    await press("agent-uninstall");
    await page.getByTestId("confirm-word").fill("gate");
    await press("confirm-submit");
    await page.locator('[data-testid="agent"][data-link="ssh"]').waitFor();
    expect(await shown.getAttribute("data-action")).toBe("uninstall");
    browser.forgive(/status of 403/);
  });

  test("[DP8] [XS-01] a step that fails says why, whatever the server said, and what became of it", async () => {
    await go(`${server("login")}/connection`);
    await press("agent-deploy");
    await press("confirm-submit");
    await fill("step-up-password", "whatever it is");
    await press("step-up-submit");
    await page.locator('[data-testid="deployment"][data-state="failed"]').waitFor();
    const failed = page.locator('[data-testid="deployment-step"][data-state="failed"]');
    expect(await failed.getAttribute("data-step")).toBe("upload");
    expect(await failed.textContent()).toContain("Make room.");
    expect(await text("deployment")).toContain("All is as it was before.");
    expect(await page.getByTestId("agent-deploy").isEnabled()).toBe(true);
    browser.forgive(/status of 403/);
  });
});

describeBrowser("servers that are not met by an agent's call, at a real hub", () => {
  let panel: Panel;
  beforeAll(async () => {
    await buildPrograms();
    panel = await startPanel(evidence);
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  test("[UI29] the token is shown once, the line works as it stands, and the first heartbeat is seen live", async () => {
    await using browser = await panel.browse("signed-in");
    const { page } = browser;
    await page.goto(`${panel.url}/add?way=push`);
    await page.getByTestId("add-name").fill("backup-box");
    await page.getByTestId("add-tags").fill("home");
    await page.getByTestId("add-submit").click();
    const token = (await page.getByTestId("push-token").textContent()) ?? "";
    const line = (await page.getByTestId("push-line").textContent()) ?? "";
    expect(token).toMatch(/^mhb1\.[\w-]{43}$/);
    expect(line).toContain(`Bearer ${token}`);
    const wait = page.getByTestId("push-wait");
    expect(await wait.getAttribute("data-status")).toBe("waiting");
    const other = await browser.context.newPage();
    await other.goto(panel.url + ((await page.getByTestId("push-open").getAttribute("href")) ?? ""));
    expect(await other.getByTestId("server-warning").textContent()).toBe("Nothing was heard of this server yet.");
    await other.close();
    const sent = await runProgram(["/bin/sh", "-c", line]);
    expect(JSON.parse(sent.stdout), sent.stderr).toEqual({ acceptedCount: 1, refused: {} });
    await page.locator('[data-testid="push-wait"][data-status="came"]').waitFor();
    await page.getByTestId("push-open").click();
    await page.locator('[data-testid="server-state"] [data-state="online"]').waitFor();
    await page.getByTestId("tab-connection").click();
    await page.getByTestId("push-renew").click();
    await page.getByTestId("confirm-submit").click();
    const renewed = page.getByTestId("push-token");
    await renewed.waitFor();
    const { id } = await panel.client.server("backup-box");
    const beat = async (bearer: string): Promise<number> =>
      (
        await fetch(`${panel.url}/api/v1/servers/${id}/heartbeat`, {
          method: "POST",
          headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json", connection: "close" },
          body: JSON.stringify({ metrics: { cpu_percent: 12.5 } }),
        })
      ).status;
    expect(await beat(token)).toBe(401);
    expect(await beat((await renewed.textContent()) ?? "")).toBe(200);
    await page.reload();
    await page.getByTestId("push-renew").waitFor();
    expect(await page.content()).not.toContain("mhb1.");
    expect(browser.complaints).toEqual([]);
  });

  test("[UI30] an agent that only the hub can call joins by the lines as they stand, and is called elsewhere when its address changes", async () => {
    const directory = panel.directory.file("dialled");
    mkdirSync(directory);
    const listen = `127.0.0.1:${await freePort()}`;
    await using browser = await panel.browse("signed-in");
    const { page } = browser;
    await page.goto(`${panel.url}/add`);
    await page.getByTestId("agent-caller").locator('[data-value="hub"]').click();
    await page.getByTestId("add-name").fill("inner-1");
    await page.getByTestId("add-tags").fill("home");
    await page.getByTestId("link-dial").fill(`wss://${listen}`);
    await page.getByTestId("add-submit").click();
    await page.getByTestId("dial-run").locator('[data-value="shell"]').click();
    // The hub calls it without a tunnel here, though by loopback.
    await page.getByTestId("dial-listen").fill(listen);
    const wait = page.getByTestId("dial-wait");
    await page.getByTestId("dial-tried").filter({ hasText: "nothing listens there" }).waitFor();
    expect(await wait.getAttribute("data-status")).toBe("waiting");
    expect(await page.getByTestId("dial-left").textContent()).toMatch(/1[45]/);

    const downloading = page.waitForEvent("download");
    await page.getByTestId("dial-download").click();
    await (await downloading).saveAs(join(directory, "agent.mjs"));
    const shell = {
      cwd: directory,
      env: {
        HOME: directory,
        PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
        MUSTER_AGENT_POLICY: join(directory, "no-policy.yaml"),
      },
    };
    const certificate = (await page.getByTestId("dial-certificate").textContent()) ?? "";
    const made = await runProgram(["/bin/sh", "-c", certificate], shell);
    expect(made.exitCode, made.stderr).toBe(0);
    const start = (await page.getByTestId("dial-start").textContent()) ?? "";
    expect(start).toMatch(/^printf %s mst1\.\S+ \| node agent\.mjs serve --name inner-1 /);
    // The agent takes the place of its shell, so that the test ends it with the shell.
    const exact = start.replace("| node", "| exec node");
    await using agent = await startProgram(["/bin/bash", "-c", `shopt -s lastpipe; ${exact}`], shell);
    evidence.add("inner-1.log", () => agent.output);
    await page.locator('[data-testid="dial-wait"][data-status="came"]').waitFor({ timeout: 30_000 });
    expect(await page.getByTestId("dial-start").count()).toBe(0);
    await page.locator('[data-testid="dial-link"] [data-state="ok"]').waitFor();
    await browser.picture("d-real-dialled");

    await page.getByTestId("dial-open").click();
    await page.locator('[data-testid="server-state"] [data-state="online"]').waitFor();
    await page.getByTestId("tab-connection").click();
    const health = (state: string) => page.locator(`[data-testid="link-health"][data-state="${state}"]`);
    await health("ok").waitFor();
    expect(await page.getByTestId("link-dial").inputValue()).toBe(`wss://${listen}`);
    expect(await page.getByTestId("dial-setup").count()).toBe(0);
    await page.getByTestId("link-try").click();
    await page.locator('[data-testid="link-test"][data-ok="true"]').waitFor();
    await page.getByTestId("link-dial").fill("somewhere");
    await page.getByTestId("link-save").click();
    await page.getByText("must be like wss://10.0.0.5:8766").waitFor();
    await page.getByTestId("link-dial").fill(`wss://127.0.0.1:${await freePort()}`);
    await page.getByTestId("link-save").click();
    await health("failing").filter({ hasText: "nothing listens there" }).waitFor();
    await page.getByTestId("link-dial").fill(`wss://${listen}`);
    await page.getByTestId("link-save").click();
    await health("ok").waitFor();
    expect(agent.running).toBe(true);
    expect(browser.complaints).toEqual([]);
  });

  test("[UI25] [UI27] an IPTV box is found out and added, and its channels are there by number and name", async () => {
    const status = {
      cpu: [12, 40],
      channels: [
        { state: "running", status: "12:34:56 30fps@4200Kbps" },
        { state: "idle", status: "" },
      ],
    };
    const box = createServer((_request, reply) => void reply.end(JSON.stringify(status)));
    await new Promise<void>((resolve) => box.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = box.address() as AddressInfo;
      await using browser = await panel.browse("signed-in");
      const { page } = browser;
      await page.goto(`${panel.url}/add?way=pull`);
      await page.getByTestId("add-name").fill("tv-1");
      await page.getByTestId("link-url").fill(`http://127.0.0.1:${port}`);
      await page.getByTestId("link-try").click();
      await page.locator('[data-testid="link-test"][data-ok="true"]').waitFor();
      expect(await page.getByTestId("link-adapter").inputValue()).toBe("ipvtl");
      await page.getByTestId("link-channels").fill("2 = Night news");
      await page.getByTestId("add-submit").click();
      await page.getByTestId("tab-channels").click();
      const rows = page.getByTestId("service-row");
      await rows.filter({ hasText: "Night news" }).waitFor();
      expect(await rows.count()).toBe(2);
      const first = rows.filter({ hasText: "Channel 1" });
      expect(await first.getAttribute("data-state")).toBe("running");
      await first.filter({ hasText: "30 fps" }).filter({ hasText: "4.2 Mbit/s" }).waitFor();
      // What is read later comes to the page by itself, although the channel is as it was.
      status.channels[0]!.status = "12:35:06 24fps@800Kbps";
      await first.filter({ hasText: "24 fps" }).filter({ hasText: "800 kbit/s" }).waitFor();
      await browser.picture("d-real-channels");
      await page.getByTestId("tab-connection").click();
      await page.locator('[data-testid="link-health"][data-state="ok"]').waitFor();
      expect(browser.complaints).toEqual([]);
    } finally {
      box.closeAllConnections();
      await new Promise((resolve) => box.close(resolve));
    }
  });
});

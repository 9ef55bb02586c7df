import { needs } from "@muster/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { LINKED } from "../stand-in/stand-in-links.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { faultsOf, lookRuns, LOOKS, widthProblem } from "../support/looks.ts";
import type { LookedAt } from "../support/looks.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

const server = (place: keyof typeof LINKED): string => `/servers/${idOf(1, LINKED[place])}`;

async function setUpDialled(page: Browser["page"]): Promise<void> {
  await page.getByTestId("agent-caller").locator('[data-value="hub"]').click();
  await page.getByTestId("add-name").fill(`inner ${Math.random().toString(36).slice(2)}`);
  await page.getByTestId("link-dial").fill("wss://10.1.0.9:8766");
  await page.getByTestId("add-submit").click();
  await page.getByTestId("dial-left").waitFor();
}

const PAGES: readonly LookedAt[] = [
  { name: "overview", path: "/", there: "link-trouble" },
  { name: "tiles", path: "/?view=tiles", there: "link-trouble" },
  { name: "add-agent", path: "/add", there: "join-make" },
  {
    name: "add-dialled",
    path: "/add",
    there: "agent-caller",
    async prepare(page) {
      await page.getByTestId("agent-caller").locator('[data-value="hub"]').click();
      await page.getByTestId("link-dial").fill("ws://10.1.0.9:8766");
      await page.getByTestId("add-submit").click();
      await page.getByTestId("dial-plain").waitFor();
    },
  },
  { name: "dial-setup", path: "/add", there: "agent-caller", prepare: (page) => setUpDialled(page) },
  {
    name: "dial-setup-shell",
    path: "/add",
    there: "agent-caller",
    async prepare(page) {
      await setUpDialled(page);
      await page.getByTestId("dial-run").locator('[data-value="shell"]').click();
    },
  },
  {
    name: "add-ssh",
    path: "/add?way=ssh",
    there: "link-host",
    async prepare(page) {
      await page.getByTestId("link-key").selectOption({ index: 1 });
      await page.getByTestId("link-host").fill("10.1.0.9");
      await page.getByTestId("link-try").click();
      await page.getByTestId("shown-host-key").waitFor();
    },
  },
  {
    name: "add-ssh-empty",
    path: "/add?way=ssh",
    there: "link-host",
    prepare: (page) => page.getByTestId("add-submit").click(),
  },
  {
    name: "add-pull",
    path: "/add?way=pull",
    there: "link-url",
    async prepare(page) {
      await page.getByTestId("link-url").fill("http://10.1.0.9:9527");
      await page.getByTestId("link-try").click();
      await page.getByTestId("link-channels").waitFor();
    },
  },
  {
    name: "add-push",
    path: "/add?way=push",
    there: "add-name",
    async prepare(page) {
      await page.getByTestId("add-name").fill(`box ${Math.random().toString(36).slice(2)}`);
      await page.getByTestId("add-submit").click();
      await page.getByTestId("push-line").waitFor();
    },
  },
  {
    name: "connection-ssh",
    path: `${server("login")}/connection`,
    there: "link-health",
    async prepare(page) {
      await page.getByTestId("link-try").click();
      await page.getByTestId("link-test").waitFor();
    },
  },
  {
    name: "connection-dialled",
    path: `${server("dialled")}/connection`,
    there: "link-dial",
    async prepare(page) {
      await page.getByTestId("link-try").click();
      await page.getByTestId("link-test").waitFor();
    },
  },
  {
    name: "connection-dialled-new",
    path: "/add",
    there: "agent-caller",
    async prepare(page) {
      await setUpDialled(page);
      await page.getByTestId("dial-open").click();
      await page.getByTestId("tab-connection").click();
      await page.getByTestId("dial-renew").waitFor();
    },
  },
  { name: "connection-pull", path: `${server("failing")}/connection`, there: "link-allow" },
  { name: "connection-push", path: `${server("push")}/connection`, there: "push-renew" },
  { name: "host-key-first", path: server("first"), there: "host-key-approve" },
  { name: "host-key-changed", path: `${server("changed")}/settings`, there: "host-key-approve" },
  {
    name: "host-key-confirm",
    path: `${server("changed")}/connection`,
    there: "host-key-approve",
    prepare: (page) => page.getByTestId("host-key-approve").click(),
  },
  { name: "channels", path: `${server("channels")}/channels`, there: "service-row" },
  { name: "channel", path: `/services/${idOf(2, 9_001)}`, there: "service-charts" },
  { name: "ssh-keys", path: "/settings/ssh-keys", there: "ssh-keys" },
  {
    name: "ssh-keys-import",
    path: "/settings/ssh-keys",
    there: "ssh-keys",
    async prepare(page) {
      await page.getByTestId("add-key").click();
      await page.getByTestId("key-how").locator('[data-value="import"]').click();
      await page.getByTestId("key-private").waitFor();
    },
  },
  {
    name: "ssh-keys-replace",
    path: "/settings/ssh-keys",
    there: "ssh-keys",
    async prepare(page) {
      await page.getByTestId("key-replace").first().click();
      await page.getByTestId("replace-by").selectOption({ index: 1 });
      await page.getByTestId("replace-remove").check();
    },
  },
  {
    name: "ssh-keys-replaced",
    path: "/settings/ssh-keys",
    there: "ssh-keys",
    async prepare(page) {
      await page.request.post(new URL("/api/v1/me/prove", page.url()).href, { data: { password: "whatever" } });
      await page.getByTestId("key-replace").first().click();
      await page.getByTestId("replace-by").selectOption({ index: 1 });
      await page.getByTestId("replace-remove").check();
      await page.getByTestId("replace-submit").click();
      await page.getByTestId("replace-line").waitFor();
    },
  },
];
describeBrowser("how servers without an agent look", () => {
  let hub: StandInHub;
  beforeAll(() => buildPrograms());
  // Each run adds servers, which would push those of the others off a phone's screen.
  beforeEach(async () => {
    hub = await startStandInHub({ links: "all" });
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  test.each(lookRuns(PAGES, 6))(
    "%s and %s, %s: none of the pages is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, _names, pages, viewport) => {
      await using browser = await openBrowser({ scheme, ...viewport });
      expect(await faultsOf(browser, hub.url, pages, { prefix: "d-", size, scheme })).toEqual([]);
    },
  );

  test("in Russian every page of them fits a phone, and none shows the name of a text", async () => {
    await using browser = await openBrowser({ scheme: "dark", locale: "ru-RU", ...LOOKS[2][2] });
    const faults: string[] = [];
    for (const { name, path, there, prepare } of PAGES) {
      await browser.page.goto(hub.url + path);
      await browser.page.getByTestId(there).first().waitFor();
      await prepare?.(browser.page);
      await browser.picture(`d-${name}-phone-ru`);
      const text = (await browser.page.locator("body").textContent()) ?? "";
      const unsaid = /\b(?:way|form|ssh|pull|push|dial|secret|test|hostKey|health|settings|keys|channels)\.\w+/.exec(
        text,
      );
      for (const fault of [await widthProblem(browser), unsaid?.[0] ?? ""])
        if (fault !== "") faults.push(`${name}: ${fault}`);
    }
    expect([...faults, ...browser.complaints]).toEqual([]);
  });
});

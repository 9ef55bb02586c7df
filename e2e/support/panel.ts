import { freePort, temporaryDirectory } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { joinAndStartAgent } from "./agent-program.ts";
import type { AgentPlace } from "./agent-program.ts";
import { openBrowser } from "./browser.ts";
import type { Browser, BrowserOptions } from "./browser.ts";
import type { Evidence } from "./evidence.ts";
import { HubClient } from "./hub-client.ts";
import { ADMIN, startHubProgram } from "./hub-program.ts";
import type { HubProgram, HubProgramOptions } from "./hub-program.ts";

/** A hub as a process on loopback with its agents, and browsers that look at it. */
export interface Panel extends AsyncDisposable {
  readonly directory: TemporaryDirectory;
  readonly url: string;
  readonly hub: HubProgram;
  /** Speaks for the administrator once there is one. */
  readonly client: HubClient;
  /** Makes a token and joins one more agent with a state directory of its own. */
  addAgent(name: string, place?: Partial<AgentPlace>): Promise<Program>;
  /** A browser; `signed-in` has the administrator's session. */
  browse(who: "nobody" | "signed-in", options?: BrowserOptions): Promise<Browser>;
  stopHub(): Promise<void>;
  /** Starts it again at the same address. */
  startHub(): Promise<void>;
}

export async function startPanel(
  evidence: Evidence,
  options: Pick<HubProgramOptions, "administrator" | "env"> = {},
): Promise<Panel> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("panel"));
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  let logs = "";
  const start = () => startHubProgram({ ...options, directory: directory.path, listen });
  let hub = await start();
  cleanup.defer(() => hub[Symbol.asyncDispose]());
  evidence.add("hub.log", () => logs + hub.program.output);
  const client = new HubClient({ publicUrl: url });
  if (options.administrator !== "link") await client.signIn(ADMIN.name, ADMIN.password);
  const owned = cleanup.move();
  return {
    directory,
    url,
    client,
    get hub() {
      return hub;
    },
    async addAgent(name, place = {}) {
      const { token } = await client.call("POST /api/v1/join-tokens", { body: { name } });
      const agent = await joinAndStartAgent(url, token, name, { state: directory.file(`agent-${name}`), ...place });
      owned.use(agent);
      evidence.add(`${name}.log`, () => agent.output);
      return agent;
    },
    async browse(who, browserOptions) {
      const browser = await openBrowser(browserOptions);
      // A browser is closed before anybody knows whether its test failed, so its last sight is kept until then.
      let last: { readonly address: string; readonly html: string; readonly picture: Uint8Array | undefined } = {
        address: "",
        html: "",
        picture: undefined,
      };
      evidence.add("complaints.txt", () => browser.complaints.join("\n"));
      evidence.add("address.txt", () => last.address);
      evidence.add("page.html", () => last.html);
      evidence.add("page.png", () => last.picture);
      const sight = async () => ({
        address: browser.page.url(),
        html: await browser.page.content(),
        picture: await browser.page.screenshot({ timeout: 5_000 }),
      });
      if (who === "signed-in")
        await browser.context.addCookies([{ ...client.cookie, url, httpOnly: true, sameSite: "Strict" }]);
      return {
        ...browser,
        async [Symbol.asyncDispose]() {
          last = await sight().catch((error: unknown) => ({ ...last, html: String(error) }));
          await browser[Symbol.asyncDispose]();
        },
      };
    },
    async stopHub() {
      await hub.program.stop();
      logs += hub.program.output;
    },
    async startHub() {
      hub = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

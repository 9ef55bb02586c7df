import type { LinkTest, LinkView, RouteAnswer } from "@muster/protocol";
import type { DeployAction } from "@muster/core";
import { ok } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { StandInDeployments } from "./stand-in-deployments.ts";
import { StandInReplacements } from "./stand-in-replacements.ts";
import type { StandInReplacementRequest } from "./stand-in-replacements.ts";
import { HOSTILE, HOUR, idOf, me, MINUTE } from "./stand-in-servers.ts";
import type { Server, Service } from "./stand-in-servers.ts";

type SshKey = RouteAnswer<"GET /api/v1/ssh-keys">["items"][number];

export const ED25519 = { type: "ssh-ed25519", fingerprint: "SHA256:t1WnNCSqsWPGz4eM3OkmqpqwK4Ey9bC2B8rYb0qJc5s" };
export const OTHER = { type: "ssh-ed25519", fingerprint: "SHA256:Zp0xHk2rV1mU7cQe9aTj5bN8dLw3yFg6sXoR4iKtA1E" };
/** The machine that the form of a test adds: whatever its host is. */
export const NEW_HOST_KEY = { type: "ssh-ed25519", fingerprint: "SHA256:nEwNeWnEwNeWnEwNeWnEwNeWnEwNeWnEwNeWnEwNeW0" };

/** Places of the servers in the fleet, by what they are there for. */
export const LINKED = {
  ssh: 20,
  first: 21,
  changed: 22,
  login: 23,
  channels: 24,
  failing: 25,
  push: 26,
  dialled: 27,
} as const;

interface Known {
  server: Server;
  view: LinkView;
}

const sshSettings = (host: string): LinkView["settings"] => ({
  kind: "ssh",
  host,
  user: "root",
  authentication: "key",
  keyId: idOf(7, 1),
});

/** Servers without an agent, in every state that a link has, and the hub's SSH keys. */
export class StandInLinks {
  readonly #known: Known[];
  readonly #keys: SshKey[];
  readonly #onChange: (server: Server) => void;
  readonly #deployments = new StandInDeployments({
    server: (id) => this.servers.find((server) => server.id === id),
    relink: (id, link) => this.#relink(id, link),
    fails: (id) => id === idOf(1, LINKED.login),
  });
  readonly #replacements = new StandInReplacements({
    nameOf: (id) => this.servers.find((server) => server.id === id)!.name,
    exchange: (id, keyId) => this.#exchange(id, keyId),
    finds: (id) => (id === idOf(1, LINKED.ssh) ? "let-in" : id === idOf(1, LINKED.first) ? "refused" : "away"),
  });
  #lastId = 40;
  /** Whether the password was given for what is dangerous. */
  #isProved = false;

  constructor(pattern: Server, now: number, onChange: (server: Server) => void) {
    this.#onChange = onChange;
    const make = (place: keyof typeof LINKED, parts: Partial<Server>, view: Partial<LinkView>): Known => ({
      server: {
        ...pattern,
        id: idOf(1, LINKED[place]),
        tags: [],
        agentVersion: null,
        hasSshLink: parts.link === "ssh",
        fingerprint: null,
        policy: null,
        services: { total: 0, running: 0, failed: 0, unhealthy: 0 },
        probes: { total: 0, degraded: 0, unhealthy: 0 },
        ...parts,
      },
      view: { settings: { kind: "push" }, hasSecret: false, hostKey: null, shownHostKey: null, ...view },
    });
    const state = (is: NonNullable<Server["linkState"]>["is"], detail: string): Server["linkState"] => ({
      is,
      since: now - 12 * MINUTE,
      detail,
      roundTripMs: is === "ok" ? 38 : null,
      triedAt: now - 3_000,
    });
    const away = { presence: { is: "offline", since: now - 12 * MINUTE } } as const;
    const ssh = (host: string): Partial<LinkView> => ({ settings: sshSettings(host), hostKey: ED25519 });
    this.#known = [
      make("ssh", { name: "gate", link: "ssh", linkState: state("ok", "") }, ssh("10.1.0.1")),
      make(
        "first",
        { name: "new-box", link: "ssh", linkState: state("host-key", "its host key is not approved"), ...away },
        { settings: sshSettings("10.1.0.2"), shownHostKey: ED25519 },
      ),
      make(
        "changed",
        { name: "old-box", link: "ssh", linkState: state("host-key", "its host key is not the approved one"), ...away },
        { ...ssh("10.1.0.3"), shownHostKey: OTHER },
      ),
      make(
        "login",
        { name: "locked-out", link: "ssh", linkState: state("login", "the server refused the key nightly"), ...away },
        {
          settings: { kind: "ssh", host: "10.1.0.4", port: 2222, user: "olga", authentication: "password" },
          hasSecret: true,
          hostKey: ED25519,
        },
      ),
      make(
        "channels",
        {
          name: "tv-1",
          link: "pull",
          linkState: state("ok", ""),
          services: { total: 6, running: 4, failed: 0, unhealthy: 1 },
          probes: { total: 0, degraded: 0, unhealthy: 0 },
        },
        {
          settings: { kind: "pull", adapter: "ipvtl", url: "http://10.1.0.5:9527", channelNames: { "1": "News" } },
          hasSecret: true,
        },
      ),
      make(
        "failing",
        { name: "nas", link: "pull", linkState: state("failing", `connection refused by ${HOSTILE}`), ...away },
        { settings: { kind: "pull", adapter: "node-exporter", url: "http://10.1.0.6:9100", allow: ["zfs_pool_size"] } },
      ),
      make(
        "dialled",
        {
          name: "inner-1",
          link: "agent",
          agentVersion: "0.1.0",
          fingerprint: pattern.fingerprint,
          linkState: state("ok", ""),
        },
        { settings: { kind: "agent", dial: "wss://10.1.0.7:8766" } },
      ),
      make("push", { name: "backup-box", link: "push", linkState: null, intervalMs: 60_000 }, {}),
    ];
    this.#keys = [1, 2].map((number) => ({
      id: idOf(7, number),
      name: number === 1 ? "nightly" : "spare",
      type: "ssh-ed25519",
      publicKey: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK${"x".repeat(38)}${number} muster`,
      fingerprint: number === 1 ? "SHA256:1111keykeykeykeykeykeykeykeykeykeykeykeykeyk" : "SHA256:2222keykeykeykey",
      createdAt: now - 200 * HOUR,
      createdBy: "olga",
      usedBy: [],
    }));
  }

  get servers(): readonly Server[] {
    return this.#known.map(({ server }) => server);
  }

  /** What the hub would answer; undefined for a request that is not about links. */
  answer(method: string, path: string, body: unknown): Answer | undefined {
    const [, family, id, part, rest] = path.split("/");
    const route = `${method} /${family}`;
    if (path === "/me/prove") {
      this.#isProved = true;
      return ok(me(Date.now()));
    }
    if (route === "POST /link-tests") return ok(this.#test((body as { link: LinkView["settings"] }).link, null));
    if (family === "deployments") return id === undefined ? this.#deployments.list() : this.#deployments.next(id);
    if (family === "key-replacements")
      return id === undefined ? this.#replacements.list() : this.#replacements.next(id);
    if (family === "ssh-keys" && part === "replacements") return this.#replace(id!, body as StandInReplacementRequest);
    if (family === "ssh-keys") return this.#sshKeys(method, id, body);
    if (route === "POST /servers" && id === undefined) return this.#add(body as Added);
    const known = this.#known.find(({ server }) => family === "servers" && server.id === id);
    if (known === undefined) return undefined;
    if (method === "POST" && part === "link" && rest === "host-key") {
      const { fingerprint } = body as { fingerprint: string };
      const { shownHostKey } = known.view;
      if (shownHostKey?.fingerprint !== fingerprint) return refused(409, "CONFLICT");
      known.view = { ...known.view, hostKey: shownHostKey, shownHostKey: null };
      this.#works(known);
      return ok(known.view);
    }
    if (method === "POST" && part === "link") return ok(this.#test(known.view.settings, known));
    if (method === "PUT" && part === "link") {
      const { link, secret } = body as { link: LinkView["settings"]; secret?: string | null };
      const hasSecret = secret === undefined ? known.view.hasSecret : secret !== null;
      known.view = { ...known.view, settings: link, hasSecret };
      return ok(known.view);
    }
    if (part === "link") return ok(known.view);
    if (part === "agent") {
      if (!this.#isProved) return refused(403, "STEP_UP_NEEDED");
      return this.#deployments.begin(known.server.id, (body as { action: DeployAction }).action);
    }
    if (part === "token") return ok({ token: this.#tokenOf(known.view.settings) }, 201);
    if (part === "refresh")
      return known.server.linkState?.is === "ok" ? ok(known.server) : refused(503, "SERVER_OFFLINE");
    return undefined;
  }

  #replace(oldKeyId: string, wanted: StandInReplacementRequest): Answer {
    if (!this.#isProved) return refused(403, "STEP_UP_NEEDED");
    const keyOf = (keyId: string) => {
      const { id, name, publicKey } = this.#keys.find((key) => key.id === keyId)!;
      return { id, name, publicKey };
    };
    return this.#replacements.begin(keyOf(oldKeyId), keyOf(wanted.newKeyId), wanted);
  }

  #exchange(id: string, keyId: string): void {
    const known = this.#known.find(({ server }) => server.id === id)!;
    const { settings } = known.view;
    if (settings.kind === "ssh") known.view = { ...known.view, settings: { ...settings, keyId } };
  }

  #relink(id: string, link: "ssh" | "agent"): void {
    const known = this.#known.find(({ server }) => server.id === id)!;
    const agentVersion = link === "agent" ? "0.1.0" : null;
    known.server = { ...known.server, link, agentVersion, linkState: link === "agent" ? null : known.server.linkState };
    if (link === "ssh") this.#works(known);
    else this.#onChange(known.server);
  }

  #works(known: Known): void {
    known.server = {
      ...known.server,
      presence: { is: "online", since: Date.now() },
      linkState: { is: "ok", since: Date.now(), detail: "", roundTripMs: 41, triedAt: Date.now() },
    };
    this.#onChange(known.server);
  }

  #add(added: Added): Answer {
    if (this.#known.some(({ server }) => server.name === added.name))
      return refused(409, "CONFLICT", { "body.name": "is taken by another server" });
    const { link } = added;
    const isSsh = link.kind === "ssh";
    const isDialled = link.kind === "agent";
    const server: Server = {
      ...this.#known[0]!.server,
      id: idOf(1, ++this.#lastId),
      name: added.name,
      tags: [...(added.tags ?? [])],
      state: isDialled ? "pending" : "active",
      link: link.kind,
      hasSshLink: isSsh,
      address: null,
      summary: { ...this.#known[0]!.server.summary, at: null },
      presence: { is: isDialled ? "pending" : isSsh ? "offline" : "online", since: Date.now() },
      linkState:
        link.kind === "push"
          ? null
          : {
              is: isDialled ? "failing" : isSsh ? "host-key" : "ok",
              since: Date.now(),
              detail: isDialled ? "nothing listens there" : "",
              roundTripMs: null,
              triedAt: Date.now(),
            },
    };
    const view: LinkView = {
      settings: link,
      hasSecret: added.secret !== undefined,
      hostKey: null,
      shownHostKey: isSsh ? NEW_HOST_KEY : null,
    };
    this.#known.push({ server, view });
    this.#onChange(server);
    return ok({ server, token: this.#tokenOf(link) }, 201);
  }

  #tokenOf({ kind }: LinkView["settings"]): string | null {
    if (kind === "agent") return `mst1.0123456789.${"t".repeat(27)}.${"0a".repeat(16)}`;
    return kind === "push" ? `mhb1.${"t".repeat(43)}` : null;
  }

  #sshKeys(method: string, id: string | undefined, body: unknown): Answer {
    const uses = (keyId: string) =>
      this.#known.flatMap(({ server, view: { settings } }) =>
        settings.kind === "ssh" && settings.keyId === keyId ? [{ serverId: server.id, name: server.name }] : [],
      );
    if (method === "GET") return ok({ items: this.#keys.map((key) => ({ ...key, usedBy: uses(key.id) })) });
    if (!this.#isProved) return refused(403, "STEP_UP_NEEDED");
    if (method === "DELETE") {
      this.#keys.splice(
        this.#keys.findIndex((key) => key.id === id),
        1,
      );
      return { status: 204, body: null };
    }
    const { name, privateKey } = body as { name: string; privateKey?: string };
    if (privateKey !== undefined && !privateKey.includes("PRIVATE KEY"))
      return refused(400, "BAD_REQUEST", { "body.privateKey": "is not a private key" });
    const key = { ...this.#keys[0]!, id: idOf(7, ++this.#lastId), name, usedBy: [] };
    this.#keys.push(key);
    return ok(key, 201);
  }

  #test(settings: LinkView["settings"], known: Known | null): LinkTest {
    const good = (step: string, detail: string) => ({ step, ok: true, detail });
    const bad = (step: string, detail: string) => ({ step, ok: false, detail });
    const end = (steps: LinkTest["steps"], parts: Partial<LinkTest> = {}): LinkTest => ({
      ok: steps.every(({ ok: isOk }) => isOk),
      steps,
      hostKey: null,
      adapter: null,
      ...parts,
    });
    if (settings.kind === "pull") {
      const found = settings.url.includes(":9100") ? "node-exporter" : "ipvtl";
      const reached = [good("address", ""), good("reach", ""), good("sign-in", ""), good("answer", "")];
      if (settings.url.includes("10.1.0.6"))
        return end([good("address", ""), bad("reach", "10.1.0.6:9100 refused the connection")]);
      const last =
        settings.adapter === found
          ? good("understand", `${found}: 12 readings`)
          : bad("understand", `It is no ${settings.adapter}.`);
      return end([...reached, last], { adapter: found });
    }
    if (settings.kind === "agent")
      return end([good("connect", "something answers"), good("agent", "an agent listens there")]);
    if (settings.kind === "push") return end([good("push", "nothing to try: the server comes by itself")]);
    const steps = [
      good("name", "10.1.0.9 has an address."),
      good("port", "Something answers at port 22."),
      good("protocol", "It speaks SSH by safe algorithms."),
    ];
    if (known?.view.hostKey && known.view.shownHostKey === null)
      return end(
        known.server.linkState?.is === "login"
          ? [
              ...steps,
              good("host-key", "as approved"),
              bad("login", "permission denied for olga (publickey, password)"),
            ]
          : [
              ...steps,
              good("host-key", "as approved"),
              good("login", "root is let in."),
              good("shell", "A program ran: Linux 6.1."),
            ],
        { hostKey: known.view.hostKey },
      );
    return end([...steps, bad("host-key", "nobody has approved it yet")], {
      hostKey: known?.view.shownHostKey ?? NEW_HOST_KEY,
    });
  }
}

interface Added {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly link: LinkView["settings"];
  readonly secret?: string;
}

const refused = (status: number, code: string, fields?: Readonly<Record<string, string>>): Answer => ({
  status,
  body: { error: { code, message: code, requestId: "-", ...(fields && { fields }) } },
});

/** Channels of the IPTV box, made of any service. */
export function makeChannels(pattern: Service, now: number): readonly Service[] {
  const names = ["News", "Sport", "Films", "", "Children", "Spare"];
  return names.map((description, index): Service => {
    const state = index === 3 ? "stopped" : index === 4 ? "stopping" : "running";
    const isStalled = index === 1;
    return {
      ...pattern,
      id: idOf(2, 9_000 + index),
      serverId: idOf(1, LINKED.channels),
      server: "tv-1",
      driver: "channel",
      name: String(index + 1),
      description,
      state,
      rawState: state === "stopped" ? "idle" : state,
      since: now - (index + 1) * HOUR,
      health: state !== "running" ? "unknown" : isStalled ? "degraded" : "healthy",
      healthDetail: isStalled ? "stalled: it sends no frames" : "",
      lastExit: null,
      pid: null,
      cpuRatio: null,
      memoryBytes: null,
      framesPerSecond: state !== "running" ? null : isStalled ? 0 : 25,
      bytesPerSecond: state !== "running" ? null : isStalled ? 0 : 525_000 + index * 40_000,
      restarts: null,
      ports: [],
      urls: [],
      kind: "",
      verbs: ["start", "stop", "restart"],
      granted: ["start", "stop", "restart"],
      isLogGranted: false,
      defined: null,
      restartPolicy: null,
      enabled: null,
      tasks: null,
    };
  });
}

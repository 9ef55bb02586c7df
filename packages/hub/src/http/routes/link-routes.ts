import { MusterError, sshAddressProblems } from "@muster/core";
import type { LinkKind } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { ServerStore } from "../../fleet/server-store.ts";
import type { SshKeyPair, SshKeyStore } from "../../fleet/ssh-key-store.ts";
import type { ReachedLinks } from "../../links/links.ts";
import { callerOf, changesBy } from "../handler.ts";
import type { HandlerContext, Handlers } from "../handler.ts";

/** Servers that register and report by themselves. */
export interface PushDoor {
  register(
    token: string | undefined,
    wanted: {
      readonly name: string;
      readonly tags: readonly string[];
      readonly notes: string;
      readonly intervalMs: number;
    },
    address: string,
  ): Promise<{
    readonly id: string;
    readonly token: string;
    readonly name: string;
    readonly state: "active" | "pending";
  }>;
  heartbeat(
    serverId: string,
    token: string | undefined,
    heartbeat: {
      readonly metrics: Readonly<Record<string, unknown>>;
      readonly at: number | undefined;
      readonly address: string;
    },
  ): Promise<{ readonly acceptedCount: number; readonly refused: Readonly<Record<string, string>> }>;
}

export interface LinkRouteDeps {
  readonly fleet: Fleet;
  readonly servers: ServerStore;
  readonly store: LinkStore;
  readonly joinTokens: JoinTokenStore;
  readonly sshKeys: SshKeyStore;
  /** A new key, or the given one without its passphrase. Throws BAD_REQUEST naming the field. */
  readonly makeSshKey: (given: { readonly privateKey?: string; readonly passphrase?: string }) => Promise<SshKeyPair>;
  readonly links: ReachedLinks;
  readonly push: PushDoor;
  readonly bus: CommandBus;
  readonly intervalMs: () => number;
  readonly hubUrl: () => string;
}

type LinkRoutes = Pick<
  Handlers,
  Extract<
    RouteName,
    | "POST /api/v1/servers"
    | "POST /api/v1/servers/register"
    | `POST /api/v1/servers/{id}/${"heartbeat" | "token" | "refresh"}`
    | `${string} /api/v1/servers/{id}/link${string}`
    | "POST /api/v1/link-tests"
    | `${string} /api/v1/ssh-keys`
    | "DELETE /api/v1/ssh-keys/{id}"
  >
>;

const PUSH_INTERVAL_MS = 60_000;
const PULL_INTERVAL_MS = 30_000;
/** As that of any join token, unless told. */
const JOIN_LIFETIME_MINUTES = 15;

export function linkRoutes(deps: LinkRouteDeps): LinkRoutes {
  const { fleet, servers, store, joinTokens, sshKeys, links, push, bus } = deps;
  const nameOf = (id: string): string => {
    const server = fleet.get(id);
    if (!server) throw new MusterError("NOT_FOUND");
    return server.known.name;
  };
  const change = changesBy(bus, "servers.write");

  return {
    "POST /api/v1/servers": async (context) => {
      const {
        name,
        tags = [],
        notes = "",
        link,
        secret,
        intervalMs = defaultIntervalMs(link.kind, deps),
      } = context.body;
      checkLink(link);
      return change(context, "server.add", name, { tags, link, hasSecret: secret !== undefined }, async () => {
        let token: string | null = null;
        // An agent is not there before it has joined with this token.
        const state = link.kind === "agent" ? "pending" : "active";
        const id = await servers.make(
          { name, link: link.kind, state, tags, notes, intervalMs },
          async (transaction, serverId) => {
            token = await store.insert(transaction, serverId, link, secret);
            if (link.kind === "agent") token = await joinTokens.bind(transaction, serverId, binding(context, name));
          },
        );
        await fleet.adopt(id);
        await store.took(id);
        return { server: fleet.view(id), token };
      });
    },

    "POST /api/v1/servers/register": async ({ bearer, body, address }) => {
      const { name, tags = [], host, ip, intervalMs = PUSH_INTERVAL_MS } = body;
      const notes = [host && `host ${host}`, ip && `address ${ip}`].filter(Boolean).join(", ");
      const made = await push.register(bearer, { name, tags, notes, intervalMs }, address);
      return { ...made, heartbeatUrl: `${deps.hubUrl()}/api/v1/servers/${made.id}/heartbeat` };
    },

    "POST /api/v1/servers/{id}/heartbeat": async ({ params, bearer, body, address }) => {
      const { acceptedCount, refused } = await push.heartbeat(params.id, bearer, {
        metrics: body.metrics,
        at: body.at,
        address,
      });
      return { acceptedCount, refused: { ...refused } };
    },

    "POST /api/v1/servers/{id}/token": async (context) => {
      const { id } = context.params;
      const name = nameOf(id);
      const token = await change(context, "server.renew-token", name, { serverId: id }, () => {
        if (store.get(id)?.settings.kind !== "agent") return store.renewToken(id);
        if (fleet.get(id)?.known.agent)
          throw new MusterError("CONFLICT", {
            message: "An agent has joined for this server. For another one delete the server and add it anew.",
          });
        return joinTokens.rebind(id, binding(context, name));
      });
      return { token };
    },

    "GET /api/v1/servers/{id}/link": async ({ params }) => {
      nameOf(params.id);
      return store.view(params.id);
    },

    "PUT /api/v1/servers/{id}/link": async (context) => {
      const { id } = context.params;
      const { link, secret } = context.body;
      checkLink(link);
      const args = { serverId: id, link, secret: secret === undefined ? "kept" : secret === null ? "removed" : "set" };
      return change(context, "server.change-link", nameOf(id), args, async () => {
        // An agent that came by itself so far is dialled from now on.
        if (link.kind === "agent" && fleet.get(id)?.known.link === "agent" && store.get(id) === undefined)
          await store.add(id, link);
        else await store.change(id, link, secret);
        return store.view(id);
      });
    },

    "POST /api/v1/servers/{id}/link/host-key": async (context) => {
      const { id } = context.params;
      const { fingerprint } = context.body;
      return change(context, "server.approve-host-key", nameOf(id), { serverId: id, fingerprint }, async () => {
        await store.approveHostKey(id, fingerprint);
        return store.view(id);
      });
    },

    "POST /api/v1/servers/{id}/link/test": async (context) => {
      const { id } = context.params;
      const name = nameOf(id);
      const { settings } = store.view(id);
      // Whoever tests makes the hub connect to somewhere, which the log should know.
      return change(context, "server.test-link", name, { serverId: id }, () =>
        links.test({ settings, serverId: id, secret: undefined }, context.signal),
      );
    },

    "POST /api/v1/link-tests": async (context) => {
      const { link, secret } = context.body;
      checkLink(link);
      return change(context, "server.test-link", targetOf(link), { link }, () =>
        links.test({ settings: link, serverId: undefined, secret }, context.signal),
      );
    },

    "POST /api/v1/servers/{id}/refresh": async ({ params, signal }) => {
      nameOf(params.id);
      await links.refresh(params.id, signal);
      return fleet.view(params.id);
    },

    "GET /api/v1/ssh-keys": async () => ({ items: [...(await sshKeys.list())] }),

    "POST /api/v1/ssh-keys": async (context) => {
      const { name, privateKey, passphrase } = context.body;
      const { user } = callerOf(context).actor;
      const pair = await deps.makeSshKey({
        ...(privateKey !== undefined && { privateKey }),
        ...(passphrase !== undefined && { passphrase }),
      });
      const args = { fingerprint: pair.fingerprint, isImported: privateKey !== undefined };
      return change(context, "ssh-key.add", name, args, () => sshKeys.add(name, pair, user.name), "ssh-keys.write");
    },

    "DELETE /api/v1/ssh-keys/{id}": async (context) => {
      const { id } = context.params;
      const name = (await sshKeys.list()).find((key) => key.id === id)?.name ?? id;
      await change(context, "ssh-key.delete", name, { id }, () => sshKeys.delete(id), "ssh-keys.write");
      return null;
    },
  };
}

const binding = (context: HandlerContext<RouteName>, name: string) => ({
  name,
  lifetimeMinutes: JOIN_LIFETIME_MINUTES,
  createdBy: callerOf(context).actor.user.name,
});

function defaultIntervalMs(kind: LinkKind, deps: LinkRouteDeps): number {
  if (kind === "push") return PUSH_INTERVAL_MS;
  return kind === "pull" ? PULL_INTERVAL_MS : deps.intervalMs();
}

type Link = HandlerContext<"POST /api/v1/link-tests">["body"]["link"];

/** Throws BAD_REQUEST naming the field: an address is shown and written down, and goes into programs of others. */
function checkLink(link: Link): void {
  if (link.kind !== "ssh") return;
  const { host, port = 22, user } = link;
  const problems = sshAddressProblems({ host, port, user });
  if (problems === undefined) return;
  throw new MusterError("BAD_REQUEST", {
    fields: Object.fromEntries(Object.entries(problems).map(([field, why]) => [`body.link.${field}`, why])),
  });
}

function targetOf(link: Link): string {
  if (link.kind === "ssh") return `${link.user}@${link.host}`;
  if (link.kind === "agent") return new URL(link.dial).host;
  return link.kind === "pull" ? new URL(link.url).host : "push";
}

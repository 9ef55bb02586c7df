import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { ago, bytes, bytesPerSecond, decimal, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";
import { findServer } from "./find-server.ts";
import { confirm, gather, hubCommand } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { addServerAgentCommands } from "./server-agents.ts";
import { addServerLinkCommands } from "./server-links.ts";
import { addServerParentsCommand } from "./server-parents.ts";

type Server = resources.Server;
interface ListOptions extends HubOptions {
  readonly state?: string;
  readonly tag?: readonly string[];
}
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

/** `servers list | show | rename | accept | revoke | delete`. */
export function addServersCommands(program: Command, shell: Shell): void {
  const servers = program.command("servers").description("Servers that joined the hub.");

  hubCommand<ListOptions>(
    servers
      .command("list", { isDefault: true })
      .description("List servers with their newest readings.")
      .option("--state <state>", "only online, stale, offline, pending, quarantined or revoked ones")
      .option("--tag <tag>", "only with this tag; repeat for several", gather),
    shell,
    async ({ hub, options, colours, show }) => {
      const { items } = await hub.call("GET /api/v1/servers");
      const wanted = items.filter(
        (server) =>
          (options.state === undefined || shownState(server) === options.state) &&
          (options.tag ?? []).every((tag) => server.tags.includes(tag)),
      );
      await show({ items: wanted }, () => serverTable(wanted, colours, shell.clock.now()));
    },
  );

  hubCommand<HubOptions>(
    servers.command("show <server>").description("Show one server, by name or id."),
    shell,
    async ({ hub, show }, name = "") => {
      const server = await findServer(hub, name);
      await show(server, () => serverFields(server, shell.clock.now()));
    },
  );

  addServerLinkCommands(servers, shell);
  addServerAgentCommands(servers, shell);
  addServerParentsCommand(servers, shell);

  hubCommand<HubOptions>(
    servers.command("rename <server> <name>").description("Give a server another name."),
    shell,
    async ({ hub, show }, from = "", name = "") => {
      const before = await findServer(hub, from);
      const server = await hub.call("PATCH /api/v1/servers/{id}", { params: { id: before.id }, body: { name } });
      await show(server, () => `${before.name} is now called ${server.name}.\n`);
    },
  );

  hubCommand<YesOptions>(
    servers
      .command("accept <server>")
      .description("Let a pending server in, after comparing its six words.")
      .option("--yes", "do not ask whether the words are the same"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const before = await findServer(hub, name);
      await confirm(
        shell,
        options.yes,
        `${before.name} (${before.address ?? "address unknown"}) shows the words "${before.fingerprint ?? UNKNOWN}". ` +
          "`muster agent fingerprint` on the server must show the same.",
      );
      const server = await hub.call("PATCH /api/v1/servers/{id}", {
        params: { id: before.id },
        body: { state: "active" },
      });
      await show(server, () => `${server.name} is accepted.\n`);
    },
  );

  hubCommand<YesOptions>(
    servers
      .command("revoke <server>")
      .description("Shut a server's agent out within a second; its history stays.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const before = await findServer(hub, name);
      await confirm(shell, options.yes, `Revoke ${before.name}? It can come back only by joining anew.`);
      const server = await hub.call("PATCH /api/v1/servers/{id}", {
        params: { id: before.id },
        body: { state: "revoked" },
      });
      await show(server, () => `${server.name} is revoked.\n`);
    },
  );

  hubCommand<YesOptions>(
    servers
      .command("delete <server>")
      .description("Delete a server with all its history; its agent is shut out.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const server = await findServer(hub, name);
      await confirm(shell, options.yes, `Delete ${server.name} and all its history?`);
      await hub.call("DELETE /api/v1/servers/{id}", { params: { id: server.id } });
      await show({ id: server.id, name: server.name, deleted: true }, () => `${server.name} is deleted.\n`);
    },
  );
}

/** How it is with a server in one word: what an administrator decided, else whether it is heard. */
const shownState = (server: Server): string => (server.state === "active" ? server.presence.is : server.state);

function stateCell(server: Server, colours: Colours): Cell {
  const text = shownState(server);
  if (text === "online") return { text, colour: colours.good };
  if (text === "offline" || text === "quarantined") return { text, colour: colours.bad };
  return { text, colour: text === "revoked" ? colours.faint : colours.warning };
}

function serverTable(servers: readonly Server[], colours: Colours, now: number): Promise<string> | string {
  if (servers.length === 0) return "No servers. `muster join-token create` makes the line with which one joins.\n";
  return renderTable(
    [
      { title: "name" },
      { title: "state" },
      { title: "cpu", align: "right" },
      { title: "memory", align: "right" },
      { title: "worst disk", align: "right" },
      { title: "load", align: "right" },
      { title: "receive", align: "right" },
      { title: "transmit", align: "right" },
      { title: "up", align: "right" },
      { title: "read" },
    ],
    servers.map((server) => {
      const { summary } = server;
      return [
        server.name,
        stateCell(server, colours),
        percent(summary.cpuBusyRatio),
        percent(summary.memoryUsedRatio),
        summary.worstDisk ? `${percent(summary.worstDisk.usedRatio)} ${summary.worstDisk.mount}` : UNKNOWN,
        decimal(summary.load1),
        bytesPerSecond(summary.networkReceiveBytesPerSecond),
        bytesPerSecond(summary.networkTransmitBytesPerSecond),
        span(summary.uptimeSeconds === null ? null : summary.uptimeSeconds * 1_000),
        ago(summary.at, now),
      ];
    }),
  );
}

function serverFields(server: Server, now: number): string {
  const { facts, summary } = server;
  const orUnknown = (text: string | null | undefined): string => text ?? UNKNOWN;
  return renderFields([
    ["name", server.name],
    ["id", server.id],
    ["state", `${shownState(server)} since ${utc(server.presence.since)}`],
    ["tags", server.tags.join(" ") || UNKNOWN],
    ["link", `${server.link}, every ${span(server.intervalMs)}`],
    ["agent", orUnknown(server.agentVersion)],
    ["address", orUnknown(server.address)],
    ["words", orUnknown(server.fingerprint)],
    ["system", [facts?.osName, facts?.osVersion].filter(Boolean).join(" ") || UNKNOWN],
    ["kernel", [facts?.kernel, facts?.architecture].filter(Boolean).join(" ") || UNKNOWN],
    ["processor", `${orUnknown(facts?.cpuModel)}, ${facts?.cpuCount ?? UNKNOWN} cores`],
    [
      "runs in",
      [facts?.virtualisation, facts?.container].filter((kind) => kind && kind !== "none").join(", ") ||
        "bare metal or unknown",
    ],
    ["cpu", percent(summary.cpuBusyRatio)],
    ["memory", `${bytes(summary.memoryUsedBytes)} of ${bytes(summary.memoryTotalBytes)}`],
    ["load", decimal(summary.load1)],
    ["up", span(summary.uptimeSeconds === null ? null : summary.uptimeSeconds * 1_000)],
    ["policy", server.policy ? [server.policy.state, server.policy.why].filter(Boolean).join(": ") : UNKNOWN],
    ["clock offset", server.clockOffsetMs === null ? UNKNOWN : `${Math.round(server.clockOffsetMs)} ms`],
    ["dropped samples", String(server.droppedSamples)],
    ["read", ago(summary.at, now)],
    ["joined", utc(server.createdAt)],
    ...(server.notes === "" ? [] : [["notes", server.notes] as const]),
  ]);
}

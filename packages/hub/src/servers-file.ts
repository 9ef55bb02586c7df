import { readFile } from "node:fs/promises";
import { MusterError, planImport } from "@muster/core";
import type { Logger } from "@muster/core";
import type { AuditLog } from "./access/audit-log.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { LinkStore } from "./fleet/link-store.ts";
import type { ServerStore } from "./fleet/server-store.ts";
import type { NewBox, ServersFileDoor, ServersFileReading } from "./http/compat/tongue-deps.ts";

const INTERVAL_MS = 30_000;
const PROBLEMS_TOLD_MAX = 20;

/**
 * The servers.json of an IPTV panel (adapters.md 1), as the setting `serversFile` names it. Its boxes are added where no
 * server has their name yet; those that are there stay as they are, and none is removed.
 */
export class ServersFile implements ServersFileDoor {
  readonly #path: string | undefined;
  readonly #names: () => readonly string[];
  /** Two readings at one time would both find the same boxes new. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(path: string | undefined, fleet: { readonly names: () => readonly string[] }) {
    this.#path = path;
    this.#names = fleet.names;
  }

  addNew(add: (box: NewBox) => Promise<unknown>): Promise<ServersFileReading> {
    const reading = this.#reading.then(() => this.#addNew(add));
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async #addNew(add: (box: NewBox) => Promise<unknown>): Promise<ServersFileReading> {
    const { servers, problems } = planImport("ipvtl-servers", await this.#text(), () => ({ ok: false, problems: [] }));
    if (servers.length === 0 && problems.length > 0)
      throw new MusterError("CONFIG_INVALID", {
        message: "The servers file cannot be used; no server was added.",
        fields: Object.fromEntries(problems.slice(0, PROBLEMS_TOLD_MAX).map(({ where, problem }) => [where, problem])),
      });
    const known = new Set(this.#names());
    let addedCount = 0;
    for (const { name, tags, notes, link } of servers) {
      if (known.has(name) || link.kind !== "pull") continue;
      await add({ name, tags, notes, link });
      addedCount++;
    }
    return { namedCount: servers.length, addedCount, problems: problems.slice(0, PROBLEMS_TOLD_MAX) };
  }

  async #text(): Promise<string> {
    if (this.#path === undefined)
      throw new MusterError("NOT_FOUND", {
        message: "This hub has no servers file: the setting serversFile names one.",
      });
    try {
      return await readFile(this.#path, "utf8");
    } catch (error) {
      const { code = "unknown reason" } = error as NodeJS.ErrnoException;
      throw new MusterError("CONFIG_INVALID", { message: `The servers file cannot be read: ${code}.` });
    }
  }
}

export interface AddBoxesDeps {
  readonly servers: ServerStore;
  readonly links: LinkStore;
  readonly fleet: Fleet;
  readonly audit: AuditLog;
  readonly log: Logger;
}

/** Adds what the file newly names at the hub's start. A file that cannot be read or used is said in the log and stops nothing. */
export async function addBoxesAtStart(file: ServersFile, deps: AddBoxesDeps): Promise<void> {
  const { servers, links, fleet, audit, log } = deps;
  const tell = (where: string, problem: string): void => log.warn("the servers file has a problem", { where, problem });
  try {
    const { problems } = await file.addNew(async ({ name, tags, notes, link }) => {
      const id = await servers.make(
        { name, link: "pull", state: "active", tags, notes, intervalMs: INTERVAL_MS },
        (transaction, serverId) => links.insert(transaction, serverId, link, undefined),
      );
      await audit.append({
        ...{ actor: "servers file", door: "console", action: "server.add", target: name, args: { serverId: id, link } },
        ...{ decision: "succeeded", reason: "", cmd: null },
      });
      await fleet.adopt(id);
      await links.took(id);
    });
    for (const { where, problem } of problems) tell(where, problem);
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== "CONFIG_INVALID") throw error;
    const { fields = { file: error.message } } = error.details;
    for (const [where, problem] of Object.entries(fields)) tell(where, problem);
  }
}

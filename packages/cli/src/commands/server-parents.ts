import type { ServerParentsView } from "@muster/protocol";
import type { Command } from "commander";
import { findProbe } from "../probes/find-probe.ts";
import type { Shell } from "../shell.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderFields } from "../terminal/table.ts";
import { findServer } from "./find-server.ts";
import { gather, hubCommand, notBoth } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface ParentOptions extends HubOptions {
  readonly behind?: readonly string[];
  readonly behindProbe?: readonly string[];
  readonly nothing?: boolean;
}

/** `servers parents`: what a server stands behind, shown or set. */
export function addServerParentsCommand(servers: Command, shell: Shell): void {
  hubCommand<ParentOptions>(
    servers
      .command("parents <server>")
      .description("Show what a server stands behind, or set it: while any of that is down, it is not told of.")
      .option("--behind <server>", "from now on behind this server; repeat for several", gather)
      .option("--behind-probe <probe>", "from now on behind what this probe looks at; repeat for several", gather)
      .option("--nothing", "from now on behind nothing"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { behind, behindProbe, nothing } = options;
      notBoth({ "--nothing": nothing, "--behind": behind });
      notBoth({ "--nothing": nothing, "--behind-probe": behindProbe });
      const { id } = await findServer(hub, name);
      const isSet = nothing === true || behind !== undefined || behindProbe !== undefined;
      const serverIds: string[] = [];
      for (const one of behind ?? []) serverIds.push((await findServer(hub, one)).id);
      const probeIds: string[] = [];
      for (const one of behindProbe ?? []) probeIds.push((await findProbe(hub, one)).id);
      const answer = isSet
        ? await hub.call("PUT /api/v1/servers/{id}/parents", { params: { id }, body: { serverIds, probeIds } })
        : await hub.call("GET /api/v1/servers/{id}/parents", { params: { id } });
      await show(answer, () => parentsText(answer));
    },
  );
}

const parentsText = ({ parents, way, heldBehind }: ServerParentsView): string =>
  renderFields([
    ["behind", parents.map(({ is, name }) => (is === "probe" ? `probe ${name}` : name)).join(", ") || UNKNOWN],
    ["reached by way of", way?.name ?? UNKNOWN],
    ["now", heldBehind === null ? "not held" : `held: behind ${heldBehind.name}, which is down`],
  ]);

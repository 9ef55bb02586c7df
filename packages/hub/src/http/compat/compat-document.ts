import type { Dialect, ServedDoor, Tongue } from "./compat-door.ts";
import { DIALECTS } from "./compat-door.ts";
import { MISSING, SERVED } from "./compat-table.ts";

const SYSTEMS: Readonly<Record<Dialect, string>> = {
  s1: "IPTV cluster panel",
  s2: "service manager with enrollment (Tailscale server manager)",
  s3: "VPN service manager (OrbitVPN)",
  s4: "monitoring suite (Virgilio)",
  s5: "SSH-based monitor (server-monitor)",
};

/** What a table of paths cannot say. */
const BESIDES: Readonly<Partial<Record<Dialect, string>>> = {
  s4: "What its monitors answer on their servers is read by links of the kind `pull`.",
  s5: "Its sockets for statistics and terminals have ports of their own (9085, 9084), which are not opened; live values are at `/api/v1/live`. What its agents answer is read by links of the kind `pull`.",
};

const placeOf = (tongue: Tongue, { atRoot }: { readonly atRoot: boolean }): string =>
  tongue === "root" ? "root" : atRoot ? "root, dialect" : "dialect";

const servedRow = (tongue: Tongue, name: string, door: ServedDoor): string =>
  `| \`${name}\` | ${placeOf(tongue, door)} | ${door.permissions.map((permission) => `\`${permission}\``).join(", ")} | ${
    door.over.map((route) => `\`${route.replace("/api/v1", "")}\``).join(", ") || "–"
  } | ${door.note} |`;

const servedTable = (tongue: Tongue): string => `| path | where | needs | over | what differs |
|---|---|---|---|---|
${Object.entries(SERVED[tongue])
  .map(([name, door]) => servedRow(tongue, name, door))
  .join("\n")}`;

const missingTable = (dialect: Dialect): string => `
Not served (501):

| path | where | why |
|---|---|---|
${Object.entries(MISSING[dialect])
  .map(([name, door]) => `| \`${name}\` | ${placeOf(dialect, door)} | ${door.why} |`)
  .join("\n")}
`;

const section = (dialect: Dialect): string => `## ${dialect.toUpperCase()}: ${SYSTEMS[dialect]}

Exact under \`/compat/${dialect}\`.${BESIDES[dialect] === undefined ? "" : ` ${BESIDES[dialect]}`}

${servedTable(dialect)}
${Object.keys(MISSING[dialect]).length === 0 ? "" : missingTable(dialect)}`;

/** docs/api-compat.md, made from the table of these paths; a test compares the two. */
export const compatDocument = (): string => `# Paths of other systems

Made from \`packages/hub/src/http/compat/compat-table.ts\`; a test keeps it true. The rules are in \`docs/spec/compat.md\`.

Clients of five other systems find their paths here. Each is answered by our own routes ("over", without \`/api/v1\`): the same rights, the same audit log, the same policies of servers. Nothing is open to strangers beyond what is open there: a client needs an API token as bearer (the scheme in any case), our session cookie, or for servers that push their own token. Our own API is at \`/api/v1\` and in \`/api/docs\`.

**Needs.** All of the rights named. An effect needs besides what its action needs: \`actions.normal\` for a service, \`actions.dangerous\` for a reboot, a kill, or stopping several services.

**Where.** \`dialect\`: under the system's prefix, with its exact shapes; set that as the client's base address. \`root\`: without a prefix. Where two systems use one path for different things, the root answers one of them, or the fields of both.

**Errors.** \`{"detail"}\`, of S5 \`{"success":false,"error"}\`, with the statuses of our own API. What fails on a server is told as each system tells it: S1 and S3 500, S2 and S5 200 with \`success\` false, S4 502. An effect whose outcome is not known after a minute has failed there; it goes on, and \`/api/v1/actions\`, of an agent \`/api/v1/deployments\`, shows what came of it.

## At the root, of several systems

${servedTable("root")}

${DIALECTS.map(section).join("\n")}`;

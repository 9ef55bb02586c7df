import { z } from "zod";
import { flagOf, variableOf } from "./load-config.ts";
import { SETTINGS } from "./settings.ts";
import type { Setting } from "./settings.ts";

/** docs/config.md, made from the table of settings; a test compares the two. */
export function configDocument(): string {
  const rows = (Object.entries(SETTINGS) as [string, Setting][]).map(([name, setting]) =>
    [
      `\`${name}\``,
      `\`${flagOf(name)}\``,
      `\`${variableOf(name)}\``,
      setting.default === undefined ? "" : `\`${JSON.stringify(setting.default)}\``,
      valuesOf(setting.schema),
      setting.reload,
      setting.meaning,
    ].join(" | "),
  );
  return `# Settings of the hub

Made from \`packages/hub/src/config/settings.ts\`; a test keeps it true.

A setting is given in the file (YAML, named by \`--config\` or \`MUSTER_CONFIG\`), in the environment or as a flag; a flag wins over the environment, the environment over the file. Lists are separated by commas. An unknown name, a wrong value or an unreadable file is an error that names the place; all errors are told at once, the exit code is 78 and nothing is started. \`--print-config\` shows every value and where it came from, and starts nothing.

| in the file | flag | environment | default | values | a change needs | meaning |
|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}
`;
}

function valuesOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly anyOf?: readonly unknown[];
  };
  if (json.enum) return json.enum.map(String).join(", ");
  if (json.type === "integer") return `${json.minimum} to ${json.maximum}`;
  if (json.type === "array") return "list";
  return json.type === "string" ? "text" : "true, false";
}

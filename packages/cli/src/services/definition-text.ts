import { escapeControls } from "@muster/node-kit";
import type { resources } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { definitionDiff } from "./definition-diff.ts";
import type { WrittenDefinition } from "./definition-file.ts";

/** What a server has, by driver and name. */
export type PresentDefinitions = ReadonlyMap<string, resources.DefinitionView>;

/** What a definition is told apart by on its server. */
export const definitionKeyText = (driver: unknown, name: unknown): string => `${String(driver)}/${String(name)}`;

/** What setting a definition changes, line by line. */
export function diffText({ definition }: WrittenDefinition, present: PresentDefinitions, colours: Colours): string {
  const { driver, name } = definition;
  const before = present.get(definitionKeyText(driver, name));
  const changes = definitionDiff(before?.definition, definition);
  const head = before === undefined ? "is new" : changes.length === 0 ? "stays as it is" : "changes";
  const lines = changes.flatMap(({ path, before: was, after }) => [
    ...(was === undefined ? [] : [colours.bad(`  - ${escapeControls(`${path}: ${was}`)}`)]),
    ...(after === undefined ? [] : [colours.good(`  + ${escapeControls(`${path}: ${after}`)}`)]),
  ]);
  return [`${name} (${driver}) ${head}`, ...lines].join("\n");
}

/** Definitions as a table, with the command as its arguments. */
export function definitionTable(items: readonly resources.DefinitionView[]): Promise<string> | string {
  if (items.length === 0) return "Nothing is defined there.\n";
  const text = (value: unknown): string => (typeof value === "string" && value !== "" ? value : UNKNOWN);
  return renderTable(
    [
      { title: "name" },
      { title: "driver" },
      { title: "kind" },
      { title: "restart" },
      { title: "from" },
      { title: "command" },
    ],
    items.map(({ definition, from }) => {
      const { name, driver, kind, restart, command } = definition;
      const when = typeof restart === "object" && restart !== null && "when" in restart ? restart.when : undefined;
      return [
        text(name),
        text(driver),
        text(kind),
        text(when),
        from,
        Array.isArray(command) ? command.map((part) => JSON.stringify(part)).join(" ") : UNKNOWN,
      ];
    }),
  );
}

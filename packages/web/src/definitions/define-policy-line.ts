import type { Tree } from "./tree.ts";

/** The policy line that lets the hub set this definition: its name, and every program that it starts. */
export function definePolicyLine(tree: Tree): string {
  const { driver, name, command, user } = tree;
  const checks = Array.isArray(tree["checks"]) ? (tree["checks"] as readonly Tree[]) : [];
  const commands = [command, ...checks.map((check) => (check["target"] as Tree | undefined)?.["command"])];
  const programs = new Set(commands.flatMap((one) => (Array.isArray(one) ? [String(one[0])] : [])));
  const users = typeof user === "string" ? `, users: ${JSON.stringify([user])}` : "";
  const names = JSON.stringify([String(name)]);
  return `- {action: service.define, driver: ${String(driver)}, names: ${names}, programs: ${JSON.stringify([...programs])}${users}}`;
}

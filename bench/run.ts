// `node bench/run.ts NAME [arguments]`: runs one benchmark; its table is printed and kept in bench/results/.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const names = readdirSync(fileURLToPath(new URL(".", import.meta.url)))
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -3));
const [name = "", ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(`bench: there is no benchmark "${name}"; there are: ${names.join(", ")}\n`);
  process.exit(64);
}
const { main } = (await import(`./${name}.ts`)) as { main(args: readonly string[]): Promise<void> };
await main(args);

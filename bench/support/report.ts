import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";

export interface BenchReport {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What else must be known to read the table: goals, peers that were absent, how it was measured. */
  readonly notes: readonly string[];
}

/** Prints the table and keeps it in `bench/results/`, with machine, versions and date. */
export function report({ name, title, columns, rows, notes }: BenchReport): void {
  const table = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
      .join("  ")
      .trimEnd(),
  );
  const text = [title, machine(), "", ...lines, "", ...notes.map((note) => `- ${note}`), ""].join("\n");
  process.stdout.write(`\n${text}`);
  const directory = fileURLToPath(new URL("../results/", import.meta.url));
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}${name}.txt`, text);
}

function machine(): string {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown system";
  const processor = cpus()[0]?.model ?? "unknown processor";
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} cores (${processor}), ${system}, Linux ${release()}, Node ${process.versions.node}`;
}

export const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
export const rounded = (value: number | null, digits = 1): string => (value === null ? "-" : value.toFixed(digits));

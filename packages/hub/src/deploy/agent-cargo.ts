import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import type { RuntimeOffer } from "@muster/core";
import { VERSION } from "../version.ts";

/** A file that servers get. */
export interface CargoFile {
  readonly bytes: number;
  /** In hex; the first time it takes a moment for a large one. */
  sha256(): string;
  open(): Readable;
}

/** What makes a machine an agent: its program, and a Node.js for machines without one, which is the hub's own. */
export interface AgentCargo {
  readonly version: string;
  readonly program: CargoFile;
  readonly runtime: CargoFile & Omit<RuntimeOffer, "bytes">;
}

/** Reads the agent's program as it was built. */
export function openAgentCargo(programPath: string): AgentCargo {
  const text = readFileSync(programPath);
  const runtimePath = process.execPath;
  let runtimeSha256: string | undefined;
  const programSha256 = createHash("sha256").update(text).digest("hex");
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  return {
    version: VERSION,
    program: {
      bytes: text.length,
      sha256: () => programSha256,
      // As it was read at the start, whose hash was told: the file may be built anew meanwhile.
      open: () => Readable.from([text]),
    },
    runtime: {
      machine: process.arch === "arm64" ? "aarch64" : "x86_64",
      libc: glibcVersionRuntime === undefined ? "musl" : "glibc",
      bytes: statSync(runtimePath).size,
      // Hashing a hundred megabytes takes a moment, so it waits until some server really needs it.
      sha256: () => (runtimeSha256 ??= createHash("sha256").update(readFileSync(runtimePath)).digest("hex")),
      open: () => createReadStream(runtimePath),
    },
  };
}

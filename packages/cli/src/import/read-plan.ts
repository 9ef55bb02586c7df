import { closeSync, openSync, readSync } from "node:fs";
import {
  detectFormat,
  detectRows,
  IMPORT_FORMATS,
  IMPORT_LIMITS,
  MusterError,
  planImport,
  planRows,
} from "@muster/core";
import type { DetectedFormat, ImportChoices, ImportFormat, ImportPlan } from "@muster/core";
import { fileFault } from "../services/definition-file.ts";
import { readRows } from "./read-rows.ts";
import { yamlReader } from "./parse-yaml.ts";

export interface ReadPlan {
  readonly format: ImportFormat;
  readonly plan: ImportPlan;
}

const SQLITE = "SQLite format 3\0";

/** What a file would bring. Throws BAD_REQUEST where it cannot be read, or says nothing of its format and nobody else does. */
export async function readPlan(
  path: string,
  format: ImportFormat | undefined,
  choices: ImportChoices,
): Promise<ReadPlan> {
  const bytes = readFile(path);
  if (bytes.subarray(0, SQLITE.length).toString("latin1") === SQLITE) {
    const rows = await readRows(path);
    const found = format ?? decided(detectRows(rows), path);
    return { format: found, plan: planRows(found, rows, choices) };
  }
  if (bytes.length > IMPORT_LIMITS.fileBytesMax)
    throw new MusterError("BAD_REQUEST", { message: `${path} is larger than ${IMPORT_LIMITS.fileBytesMax} bytes.` });
  const text = bytes.toString("utf8");
  const found = format ?? decided(detectFormat(path, text), path);
  return { format: found, plan: planImport(found, text, await yamlReader(), choices) };
}

function decided(detected: DetectedFormat, path: string): ImportFormat {
  if ("is" in detected) return detected.is;
  const { couldBe } = detected;
  const what = couldBe.length === 0 ? "is nothing that Muster knows" : "could be of several formats";
  const choice = (couldBe.length === 0 ? IMPORT_FORMATS : couldBe).join(", ");
  throw new MusterError("BAD_REQUEST", {
    message: `${path} ${what}; say which with --format.`,
    fields: { "--format": `one of ${choice}` },
  });
}

/** The file, or its beginning when it is longer than is taken. */
function readFile(path: string): Buffer {
  try {
    const descriptor = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(IMPORT_LIMITS.fileBytesMax + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(descriptor, bytes, length, bytes.length - length, null);
      return bytes.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new MusterError("BAD_REQUEST", { message: `${path} cannot be used: ${fileFault(error)}.` }, error);
  }
}

import { readFileSync } from "node:fs";
import { fileFault } from "../services/definition-file.ts";
import { wrongOption } from "./options.ts";

/** The text of a file that an option names. Throws BAD_REQUEST naming the option. */
export function readFileOption(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw wrongOption(option, `${path} cannot be read: ${fileFault(error)}`);
  }
}

import { readFileSync } from "node:fs";
import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import type { ListenConfig } from "./config.ts";
import { Door } from "./uplink/door.ts";

/** Opens the door where the settings say. Throws CONFIG_INVALID, ADDRESS_IN_USE. */
export const openDoor = ({ host, port, tls }: ListenConfig, clock: Clock): Promise<Door> =>
  Door.open({ host, port, tls: tls && { cert: textOf(tls.certFile), key: textOf(tls.keyFile) } }, clock);

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new MusterError("CONFIG_INVALID", { message: `${path} cannot be read (${why}).` }, error);
  }
}

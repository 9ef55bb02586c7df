import { join, resolve } from "node:path";

/** Where `up` keeps things. Hub and agent have a directory each, because neither may read the other's keys. */
export interface UpDirectories {
  readonly data: string;
  readonly agent: string;
}

/** From the option, else MUSTER_DATA_DIR, else the hub's own default; the agent's lies beside the hub's. */
export function upDirectories(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  user: { readonly isRoot: boolean; readonly homeDirectory: string },
): UpDirectories {
  const standard = user.isRoot ? "/var/lib/muster" : join(user.homeDirectory, ".local/share/muster");
  const data = resolve(option ?? (env["MUSTER_DATA_DIR"] || standard));
  return { data, agent: `${data}-agent` };
}

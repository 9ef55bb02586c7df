import type { connectSsh } from "./connect-ssh.ts";

/** `connectSsh`. What speaks SSH takes a tenth of a second to load, so the first connection loads it. */
export const connect: typeof connectSsh = async (target, deps, signal) => {
  const loaded = await import("./connect-ssh.ts");
  return loaded.connectSsh(target, deps, signal);
};

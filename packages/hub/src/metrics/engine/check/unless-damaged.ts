import { isMusterError } from "@muster/core";

/** What a reading gives; undefined where its bytes are damaged. */
export function unlessDamaged<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    if (isMusterError(error, "DATABASE_DAMAGED")) return undefined;
    throw error;
  }
}

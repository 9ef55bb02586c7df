import { countAfter, fieldsOf, parseCount, scaled } from "./text.ts";

/** The parts of /proc/PID/status that /proc/PID/stat has not. */
export interface ProcessStatus {
  /** Real user id, as seen from inside the reader's user namespace. */
  readonly uid?: number;
  /** VmRSS; a kernel thread has none. */
  readonly residentBytes?: number;
}

/** The text of /proc/PID/status. */
export function parseProcessStatus(text: string): ProcessStatus {
  const uid = parseCount(fieldsOf(/^Uid:(.*)$/m.exec(text)?.[1] ?? "")[0]);
  const residentBytes = scaled(countAfter(text, "VmRSS:"), 1024);
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(residentBytes === undefined ? {} : { residentBytes }),
  };
}

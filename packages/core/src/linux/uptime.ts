import { parseCount } from "./text.ts";

/** Seconds since boot from /proc/uptime ("350735.47 234388.90"). */
export const parseUptime = (text: string): number | undefined => parseCount(text.trim().split(" ")[0]);

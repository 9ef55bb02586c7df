import { isIP } from "node:net";
import { resources } from "@muster/protocol";
import { z } from "zod";

/**
 * Every setting of the hub, once: type, default, one sentence. Flags (`--data-dir`), environment (`MUSTER_DATA_DIR`),
 * the file (`dataDir:`), docs/config.md and redaction are all made from this table.
 */
export interface Setting {
  readonly schema: z.ZodType;
  /** As a user would write it; undefined: worked out at start, as `meaning` says. */
  readonly default?: unknown;
  readonly meaning: string;
  /** Whether a change is taken up by a running hub (of a file: of what is in it) or at its next start. */
  readonly reload: "live" | "restart";
  readonly secret?: boolean;
}

const HOST_PORT = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})$/;
const listen = z.string().refine((text) => {
  const match = HOST_PORT.exec(text);
  return match !== null && Number(match[1]) <= 65_535;
}, "must be host:port, such as 127.0.0.1:8765");
const path = z.string().min(1).max(4_096);
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "1", "0", ""]).transform((text) => text === "true" || text === "1" || text === ""),
]);
/** From a flag or variable it comes as digits; nothing else turns into a number by itself. */
const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int("must be a whole number").min(least, `must be at least ${least}`).max(most, `must be at most ${most}`),
  );
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) =>
      typeof value === "string"
        ? value
            .split(",")
            .map((part) => part.trim())
            .filter(Boolean)
        : value,
    z.array(item),
  );
const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), "must be an http(s) address");
const publicUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    ["http:", "https:"].includes(url.protocol) &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "" &&
    url.password === "" &&
    // It stands in the line that operators paste into a shell.
    /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)
  );
}, "must be an address such as https://muster.example.org, without a path");

function isAddressOrRange(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

export const SETTINGS = {
  dataDir: {
    schema: path,
    meaning:
      "Directory for databases and keys, made with mode 0700. By default /var/lib/muster for root, ~/.local/share/muster for others.",
    reload: "restart",
  },
  listen: { schema: listen, default: "127.0.0.1:8765", meaning: "Address and port to listen on.", reload: "restart" },
  publicUrl: {
    schema: listOf(publicUrl),
    meaning:
      "The addresses under which browsers and agents reach this hub, comma-separated; the first is used in links. Needed off loopback. By default the listen address.",
    reload: "restart",
  },
  adminUser: {
    schema: resources.userName,
    meaning: "Name of the first administrator, for unattended set-up together with adminPasswordFile.",
    reload: "restart",
  },
  adminPasswordFile: {
    schema: path,
    meaning: "File that holds the first administrator's password; read once, when no user exists.",
    reload: "restart",
  },
  kekFile: {
    schema: path,
    meaning:
      "File with the key-encryption key, mode 0400, kept apart from the data. By default /etc/muster/kek for root, ~/.config/muster/kek for others; made at the first start.",
    reload: "restart",
  },
  tlsCertFile: {
    schema: path,
    meaning: "Certificate chain in PEM. Off loopback without it, the hub makes a certificate of its own.",
    reload: "live",
  },
  tlsKeyFile: { schema: path, meaning: "Private key in PEM for tlsCertFile.", reload: "live" },
  plainHttp: {
    schema: flag,
    default: false,
    meaning:
      "Serve plain HTTP off loopback. Only behind a proxy that ends TLS on the same machine or network; shown as a warning.",
    reload: "restart",
  },
  trustedProxies: {
    schema: listOf(z.string().refine(isAddressOrRange, "must be an address or a range such as 10.0.0.0/8")),
    default: [],
    meaning: "Addresses of proxies whose X-Forwarded-For is believed.",
    reload: "restart",
  },
  intervalMs: {
    schema: wholeNumber(1_000, 600_000),
    default: 5_000,
    meaning: "How often new servers report, in milliseconds.",
    reload: "restart",
  },
  retentionDays: {
    schema: wholeNumber(1, 3_650),
    default: 30,
    meaning: "For how many days samples are kept, until the panel's own retention settings say otherwise.",
    reload: "restart",
  },
  minutesRetentionDays: {
    schema: wholeNumber(1, 36_500),
    default: 180,
    meaning: "For how many days minutes are kept, which samples become at their end; at least as long as samples.",
    reload: "restart",
  },
  hoursRetentionDays: {
    schema: wholeNumber(1, 36_500),
    default: 1_825,
    meaning: "For how many days hours are kept; at least as long as minutes.",
    reload: "restart",
  },
  metricsBytesMax: {
    schema: wholeNumber(64 * 1024 * 1024, Number.MAX_SAFE_INTEGER),
    meaning: "What the metric file may take, in bytes; the oldest history goes first. By default it has no bound.",
    reload: "restart",
  },
  seriesPerServerMax: {
    schema: wholeNumber(100, 100_000),
    default: 5_000,
    meaning: "A server's series beyond this number are not stored; the surplus is counted.",
    reload: "restart",
  },
  pullConcurrency: {
    schema: wholeNumber(1, 500),
    default: 32,
    meaning: "Servers that are polled over HTTP at one time; the others wait for their turn.",
    reload: "restart",
  },
  serversFile: {
    schema: path,
    meaning:
      "The servers.json of an IPTV panel: its boxes are added as servers that are polled, at each start and by `POST /api/servers/reload`; those that are there by their name stay as they are.",
    reload: "restart",
  },
  heartbeatUrl: {
    schema: httpUrl,
    meaning:
      "An address outside that is asked with GET every minute while the hub judges and stores, such as a check of Healthchecks or a push monitor of Uptime Kuma: whoever hears nothing for two minutes knows that Muster itself is gone.",
    reload: "restart",
    secret: true,
  },
  rolloutApproval: {
    schema: flag,
    default: false,
    meaning:
      "Whether every rollout needs the approval of somebody else than who planned it; otherwise only those whose plan asks for it.",
    reload: "restart",
  },
  rulesFile: {
    schema: path,
    meaning:
      "A file of rules in YAML or JSON (docs/alerts.md). They are set at each start and when the file changes, cannot be changed elsewhere, and go when they leave it. While the file cannot be used, what it said before holds.",
    reload: "live",
  },
  sessionIdleMinutes: {
    schema: wholeNumber(15, 43_200),
    default: 720,
    meaning: "A session without a request for this long ends.",
    reload: "restart",
  },
  sessionAbsoluteMinutes: {
    schema: wholeNumber(15, 43_200),
    default: 10_080,
    meaning: "A session ends after this long in any case.",
    reload: "restart",
  },
  logLevel: {
    schema: z.enum(["debug", "info", "warn", "error"]),
    default: "info",
    meaning: "The least important level that is logged.",
    reload: "restart",
  },
  logFormat: {
    schema: z.enum(["json", "text"]),
    default: "json",
    meaning: "One JSON object a line, or text for a terminal.",
    reload: "restart",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** The checked configuration. What has no default and was not given is absent. */
export interface HubConfig {
  readonly dataDir: string;
  readonly listen: string;
  readonly publicUrl: readonly string[];
  readonly adminUser?: string;
  readonly adminPasswordFile?: string;
  readonly kekFile: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly plainHttp: boolean;
  readonly trustedProxies: readonly string[];
  readonly intervalMs: number;
  readonly retentionDays: number;
  readonly minutesRetentionDays: number;
  readonly hoursRetentionDays: number;
  readonly metricsBytesMax?: number;
  readonly seriesPerServerMax: number;
  readonly pullConcurrency: number;
  readonly serversFile?: string;
  readonly heartbeatUrl?: string;
  readonly rolloutApproval: boolean;
  readonly rulesFile?: string;
  readonly sessionIdleMinutes: number;
  readonly sessionAbsoluteMinutes: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "json" | "text";
}

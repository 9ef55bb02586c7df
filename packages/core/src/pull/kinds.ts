/** What a server that answers HTTP can be. */
export const PULL_KIND_NAMES = [
  "ipvtl",
  "virgilio",
  "server-monitor",
  "node-exporter",
  "mediamtx",
  "nginx-rtmp",
  "srs",
  "flussonic",
  "astra",
] as const;
export type PullKindName = (typeof PULL_KIND_NAMES)[number];
export const isPullKindName = (text: string): text is PullKindName =>
  (PULL_KIND_NAMES as readonly string[]).includes(text);

/** What is known of a kind before anything is asked; for forms, help and defaults. */
export interface PullKindEntry {
  readonly title: string;
  /** One sentence for people. */
  readonly meaning: string;
  readonly defaultPort: number;
  /** What its owner may have set to be let in; the optional ones are there only where somebody set them. */
  readonly credential: "none" | "optional-password" | "token" | "optional-token";
  readonly intervalMsDefault: number;
  /** Asking more often costs the server more than it tells. */
  readonly intervalMsMin: number;
  readonly timeoutMsDefault: number;
  /** What can be done besides looking; `channel-names`: its channels are numbers, to which its owner gives names. */
  readonly features: readonly ("channels" | "channel-names" | "reboot")[];
}

export const PULL_KIND_ENTRIES: Readonly<Record<PullKindName, PullKindEntry>> = {
  ipvtl: {
    title: "IPVTL",
    meaning: "A video transcoder: its processor and its channels, which can be started, stopped and restarted.",
    defaultPort: 9527,
    credential: "optional-password",
    intervalMsDefault: 30_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 5_000,
    features: ["channels", "channel-names"],
  },
  virgilio: {
    title: "Virgilio monitor agent",
    meaning: "An agent that tells temperatures, memory, disks and traffic, and may reboot its machine.",
    defaultPort: 9000,
    credential: "token",
    intervalMsDefault: 60_000,
    intervalMsMin: 30_000,
    timeoutMsDefault: 10_000,
    features: ["reboot"],
  },
  "server-monitor": {
    title: "server-monitor agent",
    meaning: "An agent without a login whose numbers are approximate; Muster's own agent tells more.",
    defaultPort: 8083,
    credential: "none",
    intervalMsDefault: 30_000,
    intervalMsMin: 10_000,
    timeoutMsDefault: 10_000,
    features: [],
  },
  "node-exporter": {
    title: "Prometheus node_exporter",
    meaning: "What a Linux machine tells Prometheus, read in its place.",
    defaultPort: 9100,
    credential: "optional-token",
    intervalMsDefault: 15_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 10_000,
    features: [],
  },
  mediamtx: {
    title: "MediaMTX",
    meaning: "A streaming server: its paths, who publishes to them, what comes in and how many watch.",
    defaultPort: 9997,
    credential: "optional-password",
    intervalMsDefault: 15_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 5_000,
    features: [],
  },
  "nginx-rtmp": {
    title: "nginx-rtmp",
    meaning: "nginx with its RTMP module: live streams, what comes in and goes out, how many watch.",
    defaultPort: 8080,
    credential: "optional-password",
    intervalMsDefault: 15_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 5_000,
    features: [],
  },
  srs: {
    title: "SRS",
    meaning: "A streaming server: its streams, who publishes to them, what comes in and goes out, how many watch.",
    defaultPort: 1985,
    credential: "optional-password",
    intervalMsDefault: 15_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 5_000,
    features: [],
  },
  flussonic: {
    title: "Flussonic",
    meaning: "A streaming server: its streams, whether their sources are alive, what comes in and how many watch.",
    defaultPort: 80,
    credential: "optional-password",
    intervalMsDefault: 15_000,
    intervalMsMin: 5_000,
    timeoutMsDefault: 10_000,
    features: [],
  },
  astra: {
    title: "Cesbo Astra",
    meaning: "A streaming server: its load and its streams, which can be started, stopped and restarted.",
    defaultPort: 8000,
    credential: "optional-password",
    intervalMsDefault: 30_000,
    // Each look asks for each stream by itself.
    intervalMsMin: 10_000,
    timeoutMsDefault: 5_000,
    features: ["channels"],
  },
};

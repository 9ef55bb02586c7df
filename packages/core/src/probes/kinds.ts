import { dnsProbe } from "./kinds/dns.ts";
import { execProbe } from "./kinds/exec.ts";
import { httpProbe } from "./kinds/http.ts";
import { icmpProbe } from "./kinds/icmp.ts";
import { passiveProbe } from "./kinds/passive.ts";
import { redisProbe } from "./kinds/redis.ts";
import { smtpProbe } from "./kinds/smtp.ts";
import { sshProbe } from "./kinds/ssh.ts";
import { mariadbProbe } from "./kinds/mariadb.ts";
import { postgresProbe } from "./kinds/postgres.ts";
import { sqlProbe } from "./kinds/sql.ts";
import { marzbanProbe } from "./kinds/marzban.ts";
import { marzneshinProbe } from "./kinds/marzneshin.ts";
import { pasarguardProbe } from "./kinds/pasarguard.ts";
import { remnawaveProbe } from "./kinds/remnawave.ts";
import { tailscaleProbe } from "./kinds/tailscale.ts";
import { tcpProbe } from "./kinds/tcp.ts";
import { tlsProbe } from "./kinds/tls.ts";
import { websocketProbe } from "./kinds/websocket.ts";
import type { ProbeKindEntry } from "./probe-kind-entry.ts";

/** Every kind of probe. What looks is in the hub, one folder a kind. */
export const PROBE_KINDS = {
  http: httpProbe,
  tcp: tcpProbe,
  tls: tlsProbe,
  dns: dnsProbe,
  icmp: icmpProbe,
  websocket: websocketProbe,
  smtp: smtpProbe,
  ssh: sshProbe,
  passive: passiveProbe,
  exec: execProbe,
  redis: redisProbe,
  postgres: postgresProbe,
  mariadb: mariadbProbe,
  sql: sqlProbe,
  marzban: marzbanProbe,
  pasarguard: pasarguardProbe,
  marzneshin: marzneshinProbe,
  remnawave: remnawaveProbe,
  tailscale: tailscaleProbe,
} as const satisfies Readonly<Record<string, ProbeKindEntry<never> | ProbeKindEntry>>;

export type ProbeKindName = keyof typeof PROBE_KINDS;
export const PROBE_KIND_NAMES = Object.keys(PROBE_KINDS) as readonly ProbeKindName[];
export const isProbeKindName = (text: string): text is ProbeKindName => Object.hasOwn(PROBE_KINDS, text);

/** The settings that a kind reads. */
export type ProbeSettingsOf<K extends ProbeKindName> = Parameters<(typeof PROBE_KINDS)[K]["target"]>[0];

/** A kind by its name, without the types of its own settings. */
export const probeEntry = (kind: ProbeKindName): ProbeKindEntry => PROBE_KINDS[kind] as unknown as ProbeKindEntry;

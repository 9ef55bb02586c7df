import type { ProbeKindName, ProbeSettings } from "@muster/core";
import { createDnsProbe } from "./dns/dns-probe.ts";
import { createExecProbe } from "./exec/exec-probe.ts";
import { createHttpProbe } from "./http/http-probe.ts";
import { createIcmpProbe } from "./icmp/icmp-probe.ts";
import { createMariadbProbe } from "./mariadb/mariadb-probe.ts";
import { createMarzbanProbe } from "./marzban/marzban-probe.ts";
import { createMarzneshinProbe } from "./marzneshin/marzneshin-probe.ts";
import { createPasarguardProbe } from "./pasarguard/pasarguard-probe.ts";
import { createPassiveProbe } from "./passive/passive-probe.ts";
import { createPostgresProbe } from "./postgres/postgres-probe.ts";
import type { CreateProbe, Probe, ProbeDeps } from "./probe-kind.ts";
import { createRedisProbe } from "./redis/redis-probe.ts";
import { createSmtpProbe } from "./smtp/smtp-probe.ts";
import { createSshProbe } from "./ssh/ssh-probe.ts";
import { createSqlProbe } from "./sql/sql-probe.ts";
import { createRemnawaveProbe } from "./remnawave/remnawave-probe.ts";
import { createTailscaleProbe } from "./tailscale/tailscale-probe.ts";
import { createTcpProbe } from "./tcp/tcp-probe.ts";
import { createTlsProbe } from "./tls/tls-probe.ts";
import { overWay } from "./ways.ts";
import { createWebSocketProbe } from "./websocket/websocket-probe.ts";

/** What looks, by kind. */
const CREATE: { readonly [K in ProbeKindName]: CreateProbe<K> } = {
  http: createHttpProbe,
  tcp: createTcpProbe,
  tls: createTlsProbe,
  dns: createDnsProbe,
  icmp: createIcmpProbe,
  websocket: createWebSocketProbe,
  smtp: createSmtpProbe,
  ssh: createSshProbe,
  passive: createPassiveProbe,
  exec: createExecProbe,
  redis: createRedisProbe,
  postgres: createPostgresProbe,
  mariadb: createMariadbProbe,
  sql: createSqlProbe,
  marzban: createMarzbanProbe,
  pasarguard: createPasarguardProbe,
  marzneshin: createMarzneshinProbe,
  remnawave: createRemnawaveProbe,
  tailscale: createTailscaleProbe,
};

/**
 * A probe of a kind. The settings have been checked against the kind's fields. Where its way is lost in the middle of a
 * conversation it throws WayDown: to the kind that looks as if the target had ended it.
 */
export function createProbe(kind: ProbeKindName, settings: ProbeSettings, deps: ProbeDeps): Probe {
  const probe = (CREATE[kind] as (settings: ProbeSettings, deps: ProbeDeps) => Probe)(settings, deps);
  const { way } = deps;
  return {
    run: (signal) =>
      overWay(
        way,
        () => probe.run(signal),
        ({ health }) => health === "healthy",
      ),
    ...(probe.act !== undefined && {
      act: (act, given, signal) =>
        overWay(
          way,
          () => probe.act!(act, given, signal),
          ({ outcome }) => outcome === "succeeded",
        ),
    }),
    close: () => probe.close?.(),
  };
}

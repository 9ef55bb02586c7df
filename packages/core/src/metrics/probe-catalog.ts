import { counters, gauges } from "./catalog-rows.ts";

/** What probes measure. Kinds that read more add their metrics here, named after what they look at. */
export const probe = [
  ...gauges("probe", [
    {
      name: "probe_health_ratio",
      unit: "ratio",
      title: "Health",
      meaning: "One result of a probe: 1 healthy, 0.5 degraded, 0 unhealthy; nothing where it could not look.",
    },
    {
      name: "probe_duration_seconds",
      unit: "seconds",
      title: "Answer time",
      meaning: "How long the target took to answer; nothing where it did not.",
    },
    {
      name: "probe_phase_seconds",
      unit: "seconds",
      title: "Phase",
      meaning: "How long each phase of an HTTP request took: name, connect, TLS, first byte, rest.",
      labels: ["phase"],
      style: "area",
    },
    {
      name: "probe_certificate_left_seconds",
      unit: "seconds",
      title: "Certificate",
      meaning: "How long the certificate that was shown is still valid; negative after its end.",
    },
    {
      name: "probe_job_seconds",
      unit: "seconds",
      title: "Job",
      meaning: "How long a job took that says when it starts and when it ends.",
    },
    {
      name: "ping_lost_ratio",
      unit: "ratio",
      title: "Lost pings",
      meaning: "Share of the pings of one look that did not come back.",
    },
    {
      name: "ping_round_trip_seconds",
      unit: "seconds",
      title: "Round trip",
      meaning: "The least, average and most time that pings of one look took; nothing where none came back.",
      labels: ["of"],
    },
    {
      name: "ping_deviation_seconds",
      unit: "seconds",
      title: "Deviation of round trips",
      meaning: "How far the times of one look lie apart; nothing where the system's ping does not tell it.",
    },
  ]),
  ...gauges("probe", [
    {
      name: "redis_uptime_seconds",
      unit: "seconds",
      title: "Redis uptime",
      meaning: "How long the server has run since its start.",
    },
    {
      name: "redis_memory_used_bytes",
      unit: "bytes",
      title: "Redis memory",
      meaning: "Memory that the server has allocated.",
    },
    {
      name: "redis_memory_max_bytes",
      unit: "bytes",
      title: "Redis memory limit",
      meaning: "Its limit of memory, maxmemory; nothing where there is none.",
    },
    {
      name: "redis_memory_rss_bytes",
      unit: "bytes",
      title: "Redis resident memory",
      meaning: "Memory that the operating system has given the server.",
    },
    {
      name: "redis_memory_fragmentation_ratio",
      unit: "ratio",
      title: "Redis fragmentation",
      meaning: "Resident memory over allocated memory; nothing below 64 MiB, where it means little.",
    },
    {
      name: "redis_hit_ratio",
      unit: "ratio",
      title: "Redis hit rate",
      meaning: "Share of lookups that found their key since the look before; nothing where nothing was looked up.",
    },
    {
      name: "redis_keys",
      unit: "count",
      title: "Redis keys",
      meaning: "Keys of each database.",
      labels: ["database"],
    },
    {
      name: "redis_clients",
      unit: "count",
      title: "Redis clients",
      meaning: "Connections of clients.",
    },
    {
      name: "redis_clients_blocked",
      unit: "count",
      title: "Redis waiting clients",
      meaning: "Clients that wait in a blocking command.",
    },
    {
      name: "redis_replication_lag_seconds",
      unit: "seconds",
      title: "Redis replication lag",
      meaning: "Of a replica: since when its master was silent; of a master: that of its slowest replica.",
    },
  ]),
  ...counters("probe", [
    {
      name: "redis_commands_total",
      unit: "count",
      title: "Redis commands",
      meaning: "Commands that the server has done.",
    },
    {
      name: "redis_evicted_keys_total",
      unit: "count",
      title: "Redis evicted keys",
      meaning: "Keys that were dropped for want of memory.",
    },
    {
      name: "redis_expired_keys_total",
      unit: "count",
      title: "Redis expired keys",
      meaning: "Keys that reached the end of their time.",
    },
    {
      name: "redis_rejected_connections_total",
      unit: "count",
      title: "Redis rejected connections",
      meaning: "Connections that were turned away for maxclients.",
    },
    {
      name: "redis_cpu_seconds_total",
      unit: "seconds",
      title: "Redis CPU",
      meaning: "CPU time of the server, as a share of one core.",
    },
  ]),
];

import { gauges } from "./catalog-rows.ts";

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
];

const PROBE_SCALES: Readonly<Record<string, number>> = {
  probe_health_ratio: 0.7,
  probe_certificate_left_seconds: 5_270_400,
  probe_job_seconds: 244,
};

/** A calm wave for each metric that is asked for. */
export function metrics(query: URLSearchParams, serverId: string): object {
  const [from, to, stepMs] = [Number(query.get("from")), Number(query.get("to")), Number(query.get("step"))];
  const count = Math.max(0, Math.ceil((to - from) / stepMs));
  const scale = (metric: string): number =>
    metric.startsWith("probe_")
      ? (PROBE_SCALES[metric] ?? 0.1)
      : metric.endsWith("bytes")
        ? 4e8
        : metric.endsWith("ratio")
          ? 0.3
          : metric === "service_health_ratio"
            ? 0
            : 12;
  const labels = JSON.parse(query.get("labels") ?? "{}") as Record<string, string>;
  return {
    from,
    to,
    stepMs,
    series: (query.get("metric") ?? "").split(",").map((metric) => ({
      metric,
      function: "avg",
      serverId,
      tag: null,
      labels,
      seriesCount: 1,
      values: Array.from(
        { length: count },
        (_one, index) => scale(metric) * (1 + 0.3 * Math.sin(index / 9) + 0.08 * Math.sin(index * 1.7)),
      ),
      resolutionMs: null,
    })),
  };
}

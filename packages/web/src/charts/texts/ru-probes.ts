/** What probes measure, by metric. */
export const PROBE_METRICS_RU: Readonly<Record<string, string>> = {
  probe_health_ratio: "Здоровье",
  probe_duration_seconds: "Время ответа",
  probe_phase_seconds: "Фаза",
  probe_certificate_left_seconds: "Сертификат",
  probe_job_seconds: "Задание",
  ping_lost_ratio: "Потерянные пинги",
  ping_round_trip_seconds: "Время туда и обратно",
  ping_deviation_seconds: "Разброс времени",
};

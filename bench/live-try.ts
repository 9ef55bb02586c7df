import { createMetricStore } from "@muster/hub";
import { systemClock } from "@muster/node-kit";
const [path = "", hostsText = "2000", secondsText = "20", pause = "0"] = process.argv.slice(2);
const hosts = Number(hostsText), seconds = Number(secondsText), W = 40;
const store = await createMetricStore({ kind: "engine", path, retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 100, commitPauseMs: Number(pause) } as never, { clock: systemClock });
const series = await Promise.all(Array.from({ length: hosts }, (_, h) => store.series(`h${h}`, Array.from({ length: W }, (_, i) => ({ metric: `m${i}`, labels: {} })))));
const cpu = () => { const c = process.cpuUsage(); return (c.user + c.system) / 1e6; };
const lat: number[] = [];
const t0 = performance.now(); const c0 = cpu();
let done = 0; const total = hosts * seconds / 10;
const seq = new Array(hosts).fill(0);
await new Promise<void>((resolve) => {
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor((performance.now() - t0) / 1000 * hosts / 10));
    for (; sent < due; sent++) {
      const h = sent % hosts; const a = performance.now();
      void store.append({ serverId: `h${h}`, series: series[h] as number[], rows: [{ at: Date.now(), values: Float64Array.from({ length: W }, (_, i) => i * 3.5 + sent) }], receipt: { stream: `h${h}`, seq: seq[h]++ } }).then(() => { lat.push(performance.now() - a); if (++done === total) { clearInterval(timer); resolve(); } });
    }
  }, 1);
});
const dt = (performance.now() - t0) / 1000; const c = cpu() - c0;
lat.sort((a, b) => a - b);
console.log({ hosts, pause, cpuPerMinute: (c / dt * 60).toFixed(2), usPerBatch: (c / total * 1e6).toFixed(0), p50: lat[lat.length >> 1]!.toFixed(2), p99: lat[Math.floor(lat.length * .99)]!.toFixed(2), rss: process.resourceUsage().maxRSS >> 10 });
await store.close();

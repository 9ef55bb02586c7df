import { metricsOf } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";
import type { HostBatch } from "./sample-file.ts";

/** One line a host and instant, the shortest form that VictoriaMetrics takes. NaN is left out. */
export function influxLines(set: DataSet, hosts: ReadonlyMap<number, HostBatch["rows"]>): string {
  const lines: string[] = [];
  for (const [host, rows] of hosts) {
    const metrics = metricsOf(set, host);
    for (const { at, values } of rows) {
      let fields = "";
      for (let column = 0; column < metrics.length; column++) {
        const value = values[column]!;
        if (!Number.isNaN(value)) fields += `${fields === "" ? "" : ","}${metrics[column]}=${value}`;
      }
      lines.push(`m,host=host${host} ${fields} ${at}000000`);
    }
  }
  return lines.join("\n");
}

import { waitFor } from "@muster/testkit";
import type { Dialect, Peer } from "./peer.ts";

const SETTLE_MS_MAX = 120_000;

interface Place {
  readonly address: string;
  readonly dataDirectory: string;
}

/** Its cache of answers is off; parts are flushed and merged to one before bytes are counted. */
export const victoriaMetrics = ({ address, dataDirectory }: Place, dialect: Dialect): Peer => ({
  argv: [
    "victoria-metrics",
    `-storageDataPath=${dataDirectory}`,
    `-httpListenAddr=${address}`,
    "-retentionPeriod=100y",
    "-search.disableCache",
    // A year in steps is more than the default lets one query read.
    "-search.maxPointsPerTimeseries=100000",
    "-maxInsertRequestSize=256MB",
  ],
  url: `http://${address}`,
  dataDirectory,
  readyPath: "/health",
  writePath: dialect === "influx lines" ? "/write" : "/api/v1/write",
  dialect,
  async settle(url) {
    await fetch(`${url}/internal/force_flush`);
    await fetch(`${url}/internal/force_merge`);
    const isMerged = async (): Promise<boolean> =>
      /^vm_active_force_merges 0$/m.test(await (await fetch(`${url}/metrics`)).text());
    await waitFor(isMerged, { describe: "parts are merged", timeoutMs: SETTLE_MS_MAX });
  },
  settledDirectory: dataDirectory,
});

/**
 * Blocks of two hours are made while samples come, and the last hours stay in memory and in the write-ahead log, as
 * they do in use. A snapshot writes those as a block as well: its bytes are what the samples take once compacted.
 */
export const prometheus = ({ address, dataDirectory }: Place, configFile: string): Peer => ({
  argv: [
    "prometheus",
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataDirectory}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=${address}`,
    "--web.enable-remote-write-receiver",
    "--web.enable-admin-api",
    "--log.level=warn",
  ],
  url: `http://${address}`,
  dataDirectory,
  readyPath: "/-/ready",
  writePath: "/api/v1/write",
  dialect: "remote write",
  async settle(url) {
    const response = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
    if (!response.ok) throw new Error(`Prometheus made no snapshot: ${await response.text()}`);
  },
  settledDirectory: `${dataDirectory}/snapshots`,
});

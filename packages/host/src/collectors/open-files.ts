import { parseOpenFiles } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";

/** File handles of the whole system; a container would see its host's, so it has none. */
export const openFilesKind: CollectorKind = {
  name: "open-files",
  everyMs: 30_000,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { proc, sharesCounters } = await vantageOf(host, config.hostRoot);
        if (sharesCounters) return;
        const files = parseOpenFiles((await host.readFile(`${proc}/sys/fs/file-nr`)) ?? "");
        if (files === undefined) return;
        sink.gauge("open_files", files.open);
        if (files.limit !== undefined) sink.gauge("open_files_limit", files.limit);
      },
    };
  },
};

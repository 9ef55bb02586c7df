import type { CollectorKind } from "./collector.ts";
import { cpuKind } from "./collectors/cpu.ts";
import { diskIoKind } from "./collectors/disk-io.ts";
import { loadKind } from "./collectors/load.ts";
import { memoryKind } from "./collectors/memory.ts";
import { mountsKind } from "./collectors/mounts.ts";
import { networkKind } from "./collectors/network.ts";
import { openFilesKind } from "./collectors/open-files.ts";
import { pagingKind } from "./collectors/paging.ts";
import { pressureKind } from "./collectors/pressure.ts";
import { socketsKind } from "./collectors/sockets.ts";
import { temperaturesKind } from "./collectors/temperatures.ts";
import { uptimeKind } from "./collectors/uptime.ts";

/** Every collector that ships, in the order in which a round runs them. */
export const COLLECTOR_KINDS: readonly CollectorKind[] = [
  cpuKind,
  loadKind,
  memoryKind,
  pressureKind,
  networkKind,
  diskIoKind,
  mountsKind,
  pagingKind,
  socketsKind,
  openFilesKind,
  temperaturesKind,
  uptimeKind,
];

import { counters, gauges } from "./catalog-rows.ts";
import type { MetricDefinition, MetricGroup } from "./metric-definition.ts";
import { probe } from "./probe-catalog.ts";

const cpu = [
  ...gauges("cpu", [
    {
      name: "cpu_busy_ratio",
      unit: "ratio",
      title: "CPU",
      chart: "cpu",
      meaning:
        "Share of the CPU time available to this machine that was used since the last round, idle and waiting for disk left out.",
    },
    {
      name: "cpu_mode_ratio",
      unit: "ratio",
      title: "CPU by mode",
      labels: ["mode"],
      chart: "cpu_modes",
      style: "area",
      meaning:
        "Share of all CPU time spent in one mode since the last round: user, nice, system, irq, iowait or steal.",
    },
    {
      name: "cpu_core_busy_ratio",
      unit: "ratio",
      title: "Core",
      labels: ["core"],
      chart: "cpu_cores",
      meaning: "Share of one core's time that was used since the last round.",
    },
    {
      name: "cpu_busy_cores",
      unit: "count",
      title: "CPU, cores",
      chart: "busy_cores",
      meaning: "Cores that are busy, of a source that does not tell how many there are: 2 means two whole cores.",
    },
    {
      name: "program_busy_cores",
      unit: "count",
      title: "Program",
      chart: "busy_cores",
      meaning: "Cores that the program which tells these readings uses itself.",
    },
    {
      name: "cpu_limit_cores",
      unit: "count",
      title: "CPU limit",
      style: "none",
      meaning: "Cores that this container may use at most by its control group; absent where there is no limit.",
    },
  ]),
  ...counters("cpu", [
    {
      name: "cpu_throttled_seconds_total",
      unit: "seconds",
      title: "Throttled",
      meaning:
        "Time for which this container's tasks were held back by their CPU limit; absent where there is no limit.",
    },
    {
      name: "cpu_context_switches_total",
      unit: "count",
      title: "Context switches",
      chart: "cpu_switches",
      meaning: "Switches of a core from one task to another.",
    },
    {
      name: "cpu_interrupts_total",
      unit: "count",
      title: "Interrupts",
      chart: "cpu_switches",
      meaning: "Interrupts served.",
    },
  ]),
];

const load = gauges("load", [
  {
    name: "load1",
    unit: "load",
    title: "1 min",
    chart: "load",
    meaning: "Tasks that ran or waited to run or for disk, averaged over one minute.",
  },
  {
    name: "load5",
    unit: "load",
    title: "5 min",
    chart: "load",
    meaning: "Tasks that ran or waited to run or for disk, averaged over five minutes.",
  },
  {
    name: "load15",
    unit: "load",
    title: "15 min",
    chart: "load",
    meaning: "Tasks that ran or waited to run or for disk, averaged over fifteen minutes.",
  },
]);

const memory = [
  ...gauges("memory", [
    {
      name: "memory_used_bytes",
      unit: "bytes",
      title: "Used",
      chart: "memory",
      style: "area",
      meaning: "Memory that could not be given to a new program without swapping: total minus available.",
    },
    {
      name: "memory_cached_bytes",
      unit: "bytes",
      title: "Cache",
      chart: "memory_cache",
      meaning: "Memory in buffers, page cache and reclaimable kernel caches, as `free` counts buff/cache.",
    },
    {
      name: "memory_available_bytes",
      unit: "bytes",
      title: "Available",
      chart: "memory_available",
      meaning: "Memory that a new program could get without swapping, as the kernel estimates it.",
    },
    {
      name: "memory_total_bytes",
      unit: "bytes",
      title: "Total",
      style: "none",
      meaning: "Memory of this machine, or of its container where that is limited.",
    },
    {
      name: "memory_used_ratio",
      unit: "ratio",
      title: "Memory",
      chart: "memory_ratio",
      meaning: "Used memory as a share of the total.",
    },
    {
      name: "swap_used_bytes",
      unit: "bytes",
      title: "Swap used",
      chart: "swap",
      style: "area",
      meaning: "Swap space in use.",
    },
    {
      name: "swap_total_bytes",
      unit: "bytes",
      title: "Swap total",
      style: "none",
      meaning: "Swap space there is; 0 where the machine says that it has none.",
    },
  ]),
  ...counters("memory", [
    {
      name: "swap_in_bytes_total",
      everyMs: 30_000,
      unit: "bytes",
      title: "Swap in",
      chart: "swap_traffic",
      meaning: "Bytes brought back from swap.",
    },
    {
      name: "swap_out_bytes_total",
      everyMs: 30_000,
      unit: "bytes",
      title: "Swap out",
      chart: "swap_traffic",
      mirrored: true,
      meaning: "Bytes written out to swap.",
    },
    {
      name: "memory_oom_kills_total",
      everyMs: 30_000,
      unit: "count",
      title: "Out-of-memory kills",
      meaning: "Processes that the kernel killed because memory ran out.",
    },
  ]),
];

const pressure = gauges("pressure", [
  {
    name: "pressure_ratio",
    unit: "ratio",
    title: "Pressure",
    labels: ["resource", "stall"],
    chart: "pressure",
    meaning: "Share of the last ten seconds in which some tasks, or all at once (full), waited for cpu, memory or io.",
  },
]);

const filesystem = gauges("filesystem", [
  {
    name: "filesystem_used_ratio",
    unit: "ratio",
    title: "Used",
    labels: ["mount"],
    chart: "filesystem_ratio",
    meaning: "Used space as a share of what an ordinary user could use, as `df` makes Use%.",
  },
  {
    name: "filesystem_used_bytes",
    unit: "bytes",
    title: "Used",
    labels: ["mount"],
    chart: "filesystem_used",
    meaning: "Space in use on the file system mounted here.",
  },
  {
    name: "filesystem_available_bytes",
    unit: "bytes",
    title: "Available",
    labels: ["mount"],
    chart: "filesystem_available",
    meaning: "Space that an ordinary user could still fill.",
  },
  {
    name: "filesystem_total_bytes",
    unit: "bytes",
    title: "Size",
    labels: ["mount"],
    style: "none",
    meaning: "Size of the file system mounted here.",
  },
  {
    name: "filesystem_inodes_used_ratio",
    unit: "ratio",
    title: "Inodes used",
    labels: ["mount"],
    chart: "filesystem_inodes",
    meaning: "Used inodes as a share of all; absent where the file system has no fixed number.",
  },
  {
    name: "filesystem_read_only",
    unit: "count",
    title: "Read-only",
    labels: ["mount"],
    style: "none",
    meaning: "Is 1 where the file system is mounted read-only, which the kernel also does after errors, else 0.",
  },
]);

const disk = [
  ...counters("disk", [
    {
      name: "disk_read_bytes_total",
      unit: "bytes",
      title: "Read",
      labels: ["device"],
      chart: "disk_bytes",
      meaning: "Bytes read from the device.",
    },
    {
      name: "disk_written_bytes_total",
      unit: "bytes",
      title: "Written",
      labels: ["device"],
      chart: "disk_bytes",
      mirrored: true,
      meaning: "Bytes written to the device.",
    },
    {
      name: "disk_reads_total",
      unit: "count",
      title: "Reads",
      labels: ["device"],
      chart: "disk_operations",
      meaning: "Reads that the device completed.",
    },
    {
      name: "disk_writes_total",
      unit: "count",
      title: "Writes",
      labels: ["device"],
      chart: "disk_operations",
      mirrored: true,
      meaning: "Writes that the device completed.",
    },
    {
      name: "disk_read_seconds_total",
      unit: "seconds",
      title: "Reading",
      labels: ["device"],
      chart: "disk_waiting",
      meaning: "Time that all reads took together; divided by reads it is the mean latency.",
    },
    {
      name: "disk_write_seconds_total",
      unit: "seconds",
      title: "Writing",
      labels: ["device"],
      chart: "disk_waiting",
      mirrored: true,
      meaning: "Time that all writes took together; divided by writes it is the mean latency.",
    },
    {
      name: "disk_busy_seconds_total",
      unit: "seconds",
      title: "Busy",
      labels: ["device"],
      chart: "disk_busy",
      meaning: "Time in which the device had at least one request; its rate is the share of time busy.",
    },
  ]),
  ...gauges("disk", [
    {
      name: "disk_machine_read_bytes_per_second",
      unit: "bytes_per_second",
      title: "Read",
      chart: "disk_machine_bytes",
      meaning: "Bytes a second read from this machine's first disk, as told by a source that counts no totals.",
    },
    {
      name: "disk_machine_written_bytes_per_second",
      unit: "bytes_per_second",
      title: "Written",
      chart: "disk_machine_bytes",
      mirrored: true,
      meaning: "Bytes a second written to this machine's first disk, as told by a source that counts no totals.",
    },
  ]),
];

const network = counters("network", [
  {
    name: "network_machine_receive_bytes_total",
    unit: "bytes",
    title: "Received",
    chart: "network_machine_bytes",
    meaning:
      "Bytes received over the interfaces that lead out of this machine, each counted once, since muster began to count.",
  },
  {
    name: "network_machine_transmit_bytes_total",
    unit: "bytes",
    title: "Sent",
    chart: "network_machine_bytes",
    mirrored: true,
    meaning:
      "Bytes sent over the interfaces that lead out of this machine, each counted once, since muster began to count.",
  },
  {
    name: "network_receive_bytes_total",
    unit: "bytes",
    title: "Received",
    labels: ["interface"],
    chart: "network_bytes",
    meaning: "Bytes received.",
  },
  {
    name: "network_transmit_bytes_total",
    unit: "bytes",
    title: "Sent",
    labels: ["interface"],
    chart: "network_bytes",
    mirrored: true,
    meaning: "Bytes sent.",
  },
  {
    name: "network_receive_packets_total",
    unit: "count",
    title: "Received",
    labels: ["interface"],
    chart: "network_packets",
    meaning: "Packets received.",
  },
  {
    name: "network_transmit_packets_total",
    unit: "count",
    title: "Sent",
    labels: ["interface"],
    chart: "network_packets",
    mirrored: true,
    meaning: "Packets sent.",
  },
  {
    name: "network_receive_errors_total",
    unit: "count",
    title: "Receive errors",
    labels: ["interface"],
    chart: "network_faults",
    meaning: "Packets received with an error.",
  },
  {
    name: "network_transmit_errors_total",
    unit: "count",
    title: "Send errors",
    labels: ["interface"],
    chart: "network_faults",
    meaning: "Packets that could not be sent because of an error.",
  },
  {
    name: "network_receive_drops_total",
    unit: "count",
    title: "Receive drops",
    labels: ["interface"],
    chart: "network_faults",
    meaning: "Received packets that were thrown away.",
  },
  {
    name: "network_transmit_drops_total",
    unit: "count",
    title: "Send drops",
    labels: ["interface"],
    chart: "network_faults",
    meaning: "Packets thrown away before they were sent.",
  },
]);

const temperature = gauges("temperature", [
  {
    name: "temperature_celsius",
    unit: "celsius",
    title: "Temperature",
    labels: ["sensor"],
    chart: "temperature",
    meaning: "Temperature that a sensor reports.",
  },
]);

const sockets = [
  ...gauges("sockets", [
    {
      name: "sockets_tcp_established",
      unit: "count",
      title: "TCP established",
      chart: "sockets",
      meaning: "TCP connections established or half closed by the peer, of both IP versions.",
    },
    {
      name: "sockets_tcp_time_wait",
      unit: "count",
      title: "TCP time-wait",
      chart: "sockets",
      meaning: "Closed TCP connections that are still remembered.",
    },
    {
      name: "sockets_udp",
      unit: "count",
      title: "UDP",
      chart: "sockets",
      meaning: "UDP sockets in use, of both IP versions.",
    },
  ]),
  ...counters("sockets", [
    {
      name: "tcp_retransmitted_segments_total",
      unit: "count",
      title: "TCP retransmissions",
      meaning: "TCP segments sent again because no acknowledgement came.",
    },
  ]),
];

const processes = [
  ...gauges("processes", [
    {
      name: "processes_count",
      unit: "count",
      title: "Tasks",
      chart: "processes",
      meaning: "Tasks (processes and their threads) that exist.",
    },
    {
      name: "processes_running",
      unit: "count",
      title: "Running",
      chart: "processes_active",
      meaning: "Tasks that run or wait for a core.",
    },
    {
      name: "processes_blocked",
      unit: "count",
      title: "Blocked",
      chart: "processes_active",
      meaning: "Tasks that wait for disk and cannot be interrupted.",
    },
  ]),
  ...counters("processes", [
    { name: "processes_created_total", unit: "count", title: "Created", meaning: "Processes and threads created." },
  ]),
];

const system = gauges("system", [
  {
    name: "uptime_seconds",
    unit: "seconds",
    title: "Uptime",
    style: "none",
    meaning: "Time since the machine, or its container, started.",
  },
  {
    name: "open_files",
    unit: "count",
    title: "Open files",
    chart: "open_files",
    meaning: "File handles open in the whole system.",
  },
  {
    name: "open_files_limit",
    unit: "count",
    title: "Limit",
    style: "none",
    meaning: "File handles that may be open at most.",
  },
  {
    name: "program_memory_bytes",
    unit: "bytes",
    title: "Memory of the program",
    meaning: "Memory that the program which tells these readings uses itself.",
  },
]);

const agent = [
  ...gauges("agent", [
    {
      name: "agent_resident_bytes",
      unit: "bytes",
      title: "Agent memory",
      chart: "agent_memory",
      meaning: "Resident memory of the agent.",
    },
    {
      name: "agent_spool_bytes",
      unit: "bytes",
      title: "Agent spool",
      chart: "agent_spool",
      meaning: "Bytes of samples that wait on the agent's disk for the hub.",
    },
  ]),
  ...counters("agent", [
    {
      name: "agent_cpu_seconds_total",
      unit: "seconds",
      title: "Agent CPU",
      meaning: "CPU time that the agent has used.",
    },
    {
      name: "agent_spool_dropped_total",
      unit: "count",
      title: "Agent samples dropped",
      meaning: "Samples that the agent dropped because its spool was full.",
    },
    {
      name: "agent_collect_failures_total",
      unit: "count",
      title: "Agent collector failures",
      meaning: "Rounds of a collector that failed or came too late.",
    },
  ]),
];

const SERVICE_LABELS = ["driver", "service"];
const service: readonly MetricDefinition[] = [
  ...gauges("service", [
    {
      name: "service_cpu_ratio",
      unit: "ratio",
      title: "CPU",
      meaning: "CPU time of a service as a share of one core: 2 means two whole cores.",
      labels: SERVICE_LABELS,
    },
    {
      name: "service_memory_bytes",
      unit: "bytes",
      title: "Memory",
      meaning: "Memory that a service uses, without what the kernel could take back at once.",
      labels: SERVICE_LABELS,
    },
    {
      name: "service_uptime_seconds",
      unit: "seconds",
      title: "Uptime",
      meaning: "How long a service has been running.",
      labels: SERVICE_LABELS,
    },
    {
      name: "service_health_ratio",
      unit: "ratio",
      title: "Health",
      meaning: "Health of a service: 1 healthy, 0.5 degraded, 0 unhealthy; nothing while it is unknown.",
      labels: SERVICE_LABELS,
    },
  ]),
  ...gauges("service", [
    {
      name: "channel_frames_per_second",
      unit: "per_second",
      title: "Frames",
      meaning: "Frames a second that a channel of a transcoder sends.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_bytes_per_second",
      unit: "bytes_per_second",
      title: "Bit rate",
      meaning: "Bytes a second that a channel of a transcoder sends, or that come in at a path of a streaming server.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_sent_bytes_per_second",
      unit: "bytes_per_second",
      title: "Sent",
      meaning: "Bytes a second that a streaming server sends to all who watch a stream.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_readers",
      unit: "count",
      title: "Readers",
      meaning: "How many read a path of a streaming server.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_dropped_frames",
      unit: "count",
      title: "Dropped",
      meaning: "Frames that those who watch a stream now were too slow for.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_input",
      unit: "count",
      title: "Input",
      meaning: "Which input of a stream is on air, from 1; another than 1 is a substitute.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_scrambled_packets_per_second",
      unit: "per_second",
      title: "Scrambled packets",
      meaning: "Packets of a stream's input that came scrambled in the last second.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_continuity_errors_per_second",
      unit: "per_second",
      title: "Continuity errors",
      meaning: "Gaps and doubles that were counted in a stream's input in the last second.",
      labels: SERVICE_LABELS,
    },
    {
      name: "channel_packet_errors_per_second",
      unit: "per_second",
      title: "Packet errors",
      meaning: "Broken elementary packets that were counted in a stream's input in the last second.",
      labels: SERVICE_LABELS,
    },
  ]),
  ...counters("service", [
    {
      name: "service_restarts_total",
      unit: "count",
      title: "Restarts",
      meaning: "Starts that the supervisor of a service made by itself.",
      labels: SERVICE_LABELS,
    },
  ]),
];

/** Every metric that Muster itself measures of a machine, in the order of display. Names are never reused for another meaning. */
export const METRICS: readonly MetricDefinition[] = [
  ...cpu,
  ...load,
  ...memory,
  ...pressure,
  ...filesystem,
  ...disk,
  ...network,
  ...temperature,
  ...sockets,
  ...processes,
  ...system,
  ...service,
  ...probe,
  ...agent,
];

const byName: ReadonlyMap<string, MetricDefinition> = new Map(METRICS.map((metric) => [metric.name, metric]));

/** The catalogue's entry, or undefined for a name that only a custom source uses. */
export const findMetric = (name: string): MetricDefinition | undefined => byName.get(name);

/** The metrics of one group, in the order of display. */
export const metricsOfGroup = (group: MetricGroup): readonly MetricDefinition[] =>
  METRICS.filter((metric) => metric.group === group);

/** Whether a metric is read as a rate. A name outside the catalogue follows the Prometheus habit: `_total` is a counter. */
export const isCounterMetric = (name: string): boolean =>
  byName.get(name)?.kind === "counter" || (!byName.has(name) && name.endsWith("_total"));

/** Values of the label `mode` of `cpu_mode_ratio`. `irq` joins hard and soft interrupts; idle is 1 minus the rest. */
export const CPU_MODES = ["user", "nice", "system", "irq", "iowait", "steal"] as const;
export type CpuMode = (typeof CPU_MODES)[number];

/** Values of the label `resource` of `pressure_ratio`. */
export const PRESSURE_RESOURCES = ["cpu", "memory", "io"] as const;
export type PressureResource = (typeof PRESSURE_RESOURCES)[number];

/** Values of the label `stall` of `pressure_ratio`: some tasks waited, or all of them at once. */
export const PRESSURE_STALLS = ["some", "full"] as const;
export type PressureStall = (typeof PRESSURE_STALLS)[number];

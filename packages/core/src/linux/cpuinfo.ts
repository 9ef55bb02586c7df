import { boundedText } from "./text.ts";

/** What /proc/cpuinfo says about the processors together. */
export interface Processors {
  readonly model?: string;
  /** Logical processors; absent where none is listed. */
  readonly count?: number;
  /** The processor says that it runs below a hypervisor (x86 only). */
  readonly isBelowHypervisor: boolean;
  /** Guessed from what only one architecture writes, for kernels without /proc/sys/kernel/arch. */
  readonly architecture?: string;
}

const MODEL_CHARACTERS_MAX = 128;

/** The text of /proc/cpuinfo, whose keys differ by architecture: x86, ARM, POWER, s390 and RISC-V are known. */
export function parseProcessors(text: string): Processors {
  // s390 writes "processor 0: version = …" and POWER "cpu : POWER9", so the key is taken up to the colon.
  const count = text.match(/^processor\s*(?:\d+)?\s*:/gm)?.length;
  const model =
    valueOf(text, "model name") ??
    valueOf(text, "cpu model") ??
    // Board name of a Raspberry Pi and alike: the last "Model" line, of the machine and not of the core.
    valueOf(text, "Model") ??
    valueOf(text, "Hardware") ??
    valueOf(text, "cpu") ??
    valueOf(text, "uarch");
  const flags = valueOf(text, "flags");
  const architecture = architectureOf(text, flags);
  return {
    ...(model === undefined ? {} : { model: boundedText(model.replace(/\s+/g, " "), MODEL_CHARACTERS_MAX) }),
    ...(count === undefined ? {} : { count }),
    isBelowHypervisor: flags !== undefined && / hypervisor(?: |$)/.test(` ${flags}`),
    ...(architecture === undefined ? {} : { architecture }),
  };
}

function valueOf(text: string, key: string): string | undefined {
  const value = new RegExp(`^${key}[ \\t]*:[ \\t]*(.+)$`, "m").exec(text)?.[1]?.trim();
  return value ? value : undefined;
}

function architectureOf(text: string, flags: string | undefined): string | undefined {
  if (flags !== undefined) return / lm(?: |$)/.test(` ${flags}`) ? "x86_64" : "i686";
  const arm = valueOf(text, "CPU architecture");
  if (arm !== undefined) return arm === "8" || arm === "AArch64" ? "aarch64" : `armv${boundedText(arm, 8)}l`;
  return undefined;
}

import { MINUTE_MS, SECOND_MS, parseProcessStat, wait } from "@muster/core";
import type { Clock, Execution } from "@muster/core";
import type { ActingHost } from "../host.ts";
import { failed, refused, sentence, succeeded, unknownAfterCrash } from "./executor.ts";
import type { Executor } from "./executor.ts";

const SYSTEMCTL = "/usr/bin/systemctl";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
/** From the request until this agent is stopped with all else: units may take a minute and a half each to stop. */
const SHUTDOWN_MS_MAX = 5 * MINUTE_MS;
const LOOK_EVERY_MS = SECOND_MS;
/** A machine that did not answer to the request and is still the same after this was not asked. */
const UNANSWERED_MS_MAX = 20 * SECOND_MS;

/**
 * Names this boot. A container has the boot id of the machine below, also inside the agent's unit, so the start of its
 * first process stands beside it. Empty when neither can be read.
 */
async function bootOf(host: ActingHost): Promise<string> {
  const [id, stat] = await Promise.all([host.readFile(BOOT_ID, "once"), host.readFile("/proc/1/stat", "once")]);
  const first = parseProcessStat(stat ?? "")?.startTicks;
  return [id?.trim(), first].filter((part) => part !== undefined).join(" ");
}

/** Reboots the machine. It is proven by another boot id, which the agent sees when it is back. */
export const rebootExecutor: Executor = {
  lane: () => "machine",
  limitMs: () => SHUTDOWN_MS_MAX + MINUTE_MS,
  async observe(_, { host }) {
    return { of: "machine", bootId: host === undefined ? "" : await bootOf(host) };
  },
  async run(_, seen, { host, clock, reboot }, signal) {
    if (reboot !== undefined) return reboot(signal);
    if (host === undefined || seen.of !== "machine" || seen.bootId === "")
      return failed("it cannot be seen which boot this is, so that a reboot could not be proven");
    let why = "the machine was asked to reboot and has not done so";
    let patienceMs = SHUTDOWN_MS_MAX;
    try {
      const { exitCode, stderr } = await host.execute([SYSTEMCTL, "--no-ask-password", "reboot"], { signal });
      const said = stderr.trim().slice(0, 500);
      if (exitCode !== 0)
        return /denied|authentication|not permitted/i.test(said)
          ? refused(`the system does not allow the reboot: ${said}`)
          : failed(`systemctl said: ${said}`);
    } catch (error) {
      // The machine, or the way to it, may go down faster than systemctl answers.
      why = `systemctl could not be run: ${sentence(error)}`;
      patienceMs = UNANSWERED_MS_MAX;
    }
    return lookForBoot(seen.bootId, { host, clock }, { patienceMs, why }, signal);
  },
  async settle(_, seen, { host, clock }, signal) {
    if (host === undefined || seen.of !== "machine" || seen.bootId === "") return unknownAfterCrash;
    // It may be on its way down with whoever asked started once more in between.
    const given = { patienceMs: SHUTDOWN_MS_MAX, why: "the machine has not rebooted" };
    return lookForBoot(seen.bootId, { host, clock }, given, signal);
  },
};

/**
 * Looks until another boot is seen. Whoever runs on the machine itself is stopped meanwhile and looks again after it;
 * a machine that is reached from elsewhere is silent for a while. While it shows the old boot it has `patienceMs`.
 */
async function lookForBoot(
  before: string,
  { host, clock }: { readonly host: ActingHost; readonly clock: Clock },
  { patienceMs, why }: { readonly patienceMs: number; readonly why: string },
  signal: AbortSignal,
): Promise<Execution> {
  const startedMs = clock.monotonic();
  for (;;) {
    const seen = await bootOf(host).catch(() => "");
    // Half of it may be all that can be read of a machine on its way down: that is no other boot.
    const now = seen.split(" ").length === before.split(" ").length ? seen : "";
    if (now !== "" && now !== before) return succeeded("the machine has booted anew");
    if (signal.aborted) return unknownAfterCrash;
    const waitedMs = clock.monotonic() - startedMs;
    if (now === before && waitedMs >= patienceMs) return failed(why);
    if (waitedMs >= SHUTDOWN_MS_MAX) return { outcome: "unknown", detail: "the machine has not come back in time" };
    await wait(clock, LOOK_EVERY_MS, signal);
  }
}

import { MINUTE_MS, SECOND_MS, parseProcessStat, wait } from "@muster/core";
import type { ActingHost } from "../host.ts";
import { failed, refused, sentence, succeeded, unknownAfterCrash } from "./executor.ts";
import type { Executor } from "./executor.ts";

const SYSTEMCTL = "/usr/bin/systemctl";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
/** From the request until this agent is stopped with all else: units may take a minute and a half each to stop. */
const SHUTDOWN_MS_MAX = 5 * MINUTE_MS;
const LOOK_EVERY_MS = SECOND_MS;

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
  async run(_, seen, { host, clock }, signal) {
    if (host === undefined || seen.of !== "machine" || seen.bootId === "")
      return failed("this agent cannot see which boot this is, so that a reboot could not be proven");
    let result;
    try {
      result = await host.execute([SYSTEMCTL, "--no-ask-password", "reboot"], { signal });
    } catch (error) {
      // The machine goes down faster than systemctl answers.
      if (signal.aborted) return unknownAfterCrash;
      return failed(`systemctl could not be run: ${sentence(error)}`);
    }
    const said = result.stderr.trim().slice(0, 500);
    if (result.exitCode !== 0)
      return /denied|authentication|not permitted/i.test(said)
        ? refused(`the system does not let the agent reboot it: ${said}`)
        : failed(`systemctl said: ${said}`);
    await wait(clock, SHUTDOWN_MS_MAX, signal);
    // Stopped meanwhile: whoever starts after the boot sees what came of it.
    if (signal.aborted) return unknownAfterCrash;
    return failed("the machine was asked to reboot and has not done so");
  },
  async settle(_, seen, { host, clock }, signal) {
    if (host === undefined || seen.of !== "machine" || seen.bootId === "") return unknownAfterCrash;
    const startedMs = clock.monotonic();
    for (;;) {
      const now = await bootOf(host);
      if (now !== "" && now !== seen.bootId) return succeeded("the machine has booted anew");
      if (signal.aborted) return unknownAfterCrash;
      // It may be on its way down with this agent started once more in between.
      if (clock.monotonic() - startedMs >= SHUTDOWN_MS_MAX) return failed("the machine has not rebooted");
      await wait(clock, LOOK_EVERY_MS, signal);
    }
  },
};

import { readFileSync } from "node:fs";
import { isLoopback, MusterError } from "@muster/core";
import type { Command } from "commander";
import { DEFAULT_HUB_URL } from "../client/hub-address.ts";
import type { Shell } from "../shell.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderFields } from "../terminal/table.ts";
import { VERSION } from "../version.ts";
import { localCommand, wholeNumber, wrongOption } from "./options.ts";
import type { OutputOptions, Work } from "./options.ts";
import type { SimulationReport } from "../simulate/simulation.ts";

interface SimulateOptions extends OutputOptions {
  readonly agents: string;
  readonly interval: string;
  readonly series: string;
  readonly url?: string;
  readonly joinTokenFile?: string;
  readonly duration: string;
  readonly flap: string;
  readonly namePrefix: string;
  readonly accept?: boolean;
  readonly iOwnThisNetwork?: boolean;
}

/** `simulate`: a fleet of simulated agents against a real hub. */
export function addSimulateCommand(program: Command, shell: Shell): void {
  localCommand<SimulateOptions>(
    program
      .command("simulate")
      .description("Send a hub the load of many agents, with the real protocol, and report how it fares.")
      .option("--agents <count>", "how many agents, 1 to 20000", "100")
      .option("--interval <ms>", "milliseconds between two readings of an agent", "5000")
      .option("--series <count>", "series an agent reports", "60")
      .option("--url <address>", "the hub's address (MUSTER_URL; default http://127.0.0.1:8765)")
      .option(
        "--join-token-file <file>",
        "join tokens, one a line: one for all agents, or one for each; default standard input",
      )
      .option("--duration <seconds>", "how long to measure, once all are connected", "60")
      .option("--flap <percent>", "share of agents that lose their connection a minute", "0")
      .option("--name-prefix <text>", "agents are called this and a number", "sim-")
      .option("--accept", "accept the servers that wait for approval; needs `muster login` or MUSTER_TOKEN")
      .option("--i-own-this-network", "allow a hub that is not on this machine"),
    shell,
    (work) => simulate(shell, work),
  );
}

async function simulate(shell: Shell, { options, show, note }: Work<SimulateOptions>): Promise<void> {
  const agentCount = wholeNumber("--agents", options.agents, 1, 20_000) ?? 1;
  const seriesCount = wholeNumber("--series", options.series, 1, 2_000) ?? 1;
  const intervalMs = wholeNumber("--interval", options.interval, 500, 3_600_000) ?? 500;
  const durationMs = (wholeNumber("--duration", options.duration, 1, 86_400) ?? 1) * 1_000;
  const flapRatio = (wholeNumber("--flap", options.flap, 0, 100) ?? 0) / 100;
  const address = options.url ?? (shell.env["MUSTER_URL"] || DEFAULT_HUB_URL);
  const url = simulationUrl(address, options.iOwnThisNetwork === true);
  const tokens = await readTokens(shell, options.joinTokenFile, agentCount);
  const { Simulation } = await import("../simulate/simulation.ts");
  const { Acceptance } = await import("../simulate/acceptance.ts");
  const acceptance = options.accept ? new Acceptance(shell, { url: address }) : undefined;
  const simulation = new Simulation(
    {
      url,
      agentCount,
      seriesCount,
      intervalMs,
      durationMs,
      flapRatio,
      namePrefix: options.namePrefix,
      tokens,
      agentVersion: VERSION,
    },
    {
      clock: shell.clock,
      random: shell.random,
      cpuMs: shell.cpuMs,
      progress: note,
      ...(acceptance ? { pending: (serverId) => acceptance.accept(serverId) } : {}),
    },
  );
  const report = await simulation.run(shell.stopSignal());
  await show(report, () => reportText(report));
}

/** The hub's address as a WebSocket address. Throws BAD_REQUEST for what is not on this machine, unless that was allowed. */
export function simulationUrl(text: string, isNetworkOwned: boolean): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/^http/, "ws")) : undefined;
  if (!url || (url.protocol !== "ws:" && url.protocol !== "wss:"))
    throw wrongOption("--url", "must be an address such as http://127.0.0.1:8765");
  if (!isLoopback(url.hostname) && !isNetworkOwned) {
    throw wrongOption(
      "--url",
      "is not on this machine; add --i-own-this-network if the hub and the network between are yours",
    );
  }
  if (url.protocol === "ws:" && !isLoopback(url.hostname))
    throw wrongOption("--url", "must begin with https:// off this machine");
  return url;
}

async function readTokens(shell: Shell, file: string | undefined, agentCount: number) {
  const { parseJoinToken } = await import("@muster/protocol");
  const lines = file === undefined ? await linesOfInput(shell) : linesOfFile(file);
  const tokens = lines.filter((line) => line.trim() !== "").map((line) => parseJoinToken(line));
  const whole = tokens.filter((token) => token !== undefined);
  if (whole.length === 0 || whole.length !== tokens.length)
    throw wrongOption("--join-token-file", "must hold join tokens (mst1.…), one a line");
  if (whole.length !== 1 && whole.length < agentCount)
    throw wrongOption("--join-token-file", `must hold one token, or ${agentCount}`);
  return whole;
}

function linesOfFile(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    throw new MusterError(
      "BAD_REQUEST",
      { message: `The file of join tokens cannot be read: ${(error as Error).message}.` },
      error,
    );
  }
}

async function linesOfInput(shell: Shell): Promise<string[]> {
  if (shell.terminal.canAsk) {
    const line = await shell.terminal.readLine("Join token: ", "hidden");
    return line ? [line] : [];
  }
  const lines: string[] = [];
  for (
    let line = await shell.terminal.readLine("", "echo");
    line !== undefined;
    line = await shell.terminal.readLine("", "echo")
  )
    lines.push(line);
  return lines;
}

const milliseconds = (value: number | null): string => (value === null ? UNKNOWN : `${value.toFixed(1)} ms`);

function reportText(report: SimulationReport): string {
  const { ackMs } = report;
  const perSecond = report.batchesAcknowledged / (report.measuredMs / 1_000);
  return renderFields([
    [
      "agents",
      `${report.connected} of ${report.agents} connected after ${(report.connectingMs / 1_000).toFixed(1)} s, ${report.seriesPerAgent} series each`,
    ],
    ["measured", `${(report.measuredMs / 1_000).toFixed(1)} s, a batch every ${report.intervalMs} ms`],
    [
      "batches",
      `${report.batchesSent} sent, ${report.batchesAcknowledged} acknowledged (${perSecond.toFixed(1)} a second), ${report.batchesUnacknowledged} not`,
    ],
    [
      "acknowledged in",
      `${milliseconds(ackMs.p50)} at the median, ${milliseconds(ackMs.p99)} at the 99th percentile, ${milliseconds(ackMs.max)} at most`,
    ],
    ["connections", `${report.reconnects} lost and made again, ${report.refused} refused`],
    ...(report.firstFailure === "" ? [] : [["first failure", report.firstFailure] as const]),
    ["cpu here", `${report.cpuMs} ms, ${((100 * report.cpuMs) / report.measuredMs).toFixed(1)} % of one core`],
  ]);
}

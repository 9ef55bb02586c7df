import { deadline } from "@muster/core";

import type { HostKey } from "./host-key.ts";
import type { Runner } from "./remote-command.ts";
import { RemoteReader } from "./remote-reader.ts";
import { connect } from "./connect.ts";
import type { SshDeps, SshTarget } from "./connect-ssh.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { quoted, SshFailure } from "./ssh-failure.ts";
import { SshHost } from "./ssh-host.ts";

export type SshTestStep = "name" | "port" | "jump" | "protocol" | "host-key" | "login" | "shell" | "sudo";

/** One step of a test: what was found, or what is wrong and what to do. */
export interface SshTestLine {
  readonly step: SshTestStep;
  readonly ok: boolean;
  readonly detail: string;
}

export interface SshTest {
  /** Up to the first that failed. */
  readonly steps: readonly SshTestLine[];
  /** The key that the server showed, where it is not the approved one: for the person to compare. */
  readonly seenHostKey?: HostKey;
}

const TEST_MS = 60_000;

/** "Test connection": does once what a server is used for, and says how far it came. Nothing stays open. */
export async function testSsh(target: SshTarget, runner: Runner, deps: SshDeps, given: AbortSignal): Promise<SshTest> {
  const { signal, done } = deadline(deps.clock, TEST_MS, given);
  const steps: SshTestLine[] = [];
  const pass = (step: SshTestStep, detail: string): void => void steps.push({ step, ok: true, detail });
  let connection: SshConnection | undefined;
  try {
    connection = await connect(target, deps, signal);
    passUntil("shell", target, pass);
    const reader = await RemoteReader.start(connection, deps.clock, signal);
    const reached = { connection, reader };
    const reach = (): Promise<typeof reached> => Promise.resolve(reached);
    const plain = new SshHost("self", { clock: deps.clock, reach });
    const system = await plain.execute(["/bin/uname", "-sr"], { signal });
    pass("shell", `A program ran: ${quoted(system.stdout)}.`);
    if (runner === "sudo") steps.push(await sudoLine(new SshHost("sudo", { clock: deps.clock, reach }), signal));
    return { steps };
  } catch (error) {
    if (given.aborted) throw given.reason;
    const failure = error instanceof SshFailure ? error : new SshFailure("shell", LATE, { cause: error });
    const step = stepOf(failure);
    if (connection === undefined) passUntil(step, target, pass);
    steps.push({ step, ok: false, detail: failure.message });
    return { steps, ...(failure.hostKey === undefined ? {} : { seenHostKey: failure.hostKey }) };
  } finally {
    done();
    connection?.close();
  }
}

/** What has gone well when a connection came to a step, by the order in which it is made. */
function passUntil(
  step: SshTestStep,
  { address, jump }: SshTarget,
  pass: (step: SshTestStep, detail: string) => void,
): void {
  const { host, port, user } = address;
  const way: readonly (readonly [SshTestStep, string])[] = [
    ...(jump === undefined
      ? ([
          ["name", `${host} has an address.`],
          ["port", `Something answers at port ${port}.`],
        ] as const)
      : ([["jump", `${host}, port ${port}, answers by way of the server before it.`]] as const)),
    ["protocol", "It speaks SSH by safe algorithms."],
    ["host-key", "It is the approved server."],
    ["login", `${user} is let in.`],
  ];
  for (const [name, detail] of way) {
    if (name === step) return;
    pass(name, detail);
  }
}

function stepOf({ step }: SshFailure): SshTestStep {
  return step === "channel" || step === "lost" ? "shell" : step;
}

async function sudoLine(host: SshHost, signal: AbortSignal): Promise<SshTestLine> {
  const { exitCode, stdout, stderr } = await host.execute(["/usr/bin/id", "-u"], { signal });
  if (exitCode === 0 && stdout.trim() === "0") return { step: "sudo", ok: true, detail: "It becomes root by sudo." };
  const next = "Allow the user sudo without a password (NOPASSWD), or switch sudo off here.";
  return { step: "sudo", ok: false, detail: `sudo did not make it root; it said: ${quoted(stderr)}. ${next}` };
}

const LATE = "The server did not run a program in time. Check that it is not overloaded.";

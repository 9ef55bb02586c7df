import { randomUUID } from "node:crypto";
import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { asStorageError, fromBase64url, verify } from "@muster/node-kit";
import { AGENT_LIMITS, contextBytes, factsSchema, resultBodySchema } from "@muster/protocol";
import type { AgentFrame, AuthBody, ResultBody, ResultFrame, RotateFrame } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { KnownServer } from "../../fleet/server-store.ts";
import type { FleetKeys } from "../../keys/fleet-keys.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import type { MetricWriter } from "../../metrics/metric-store.ts";
import { BatchIntake, parseJson, ProtocolViolation } from "./batch-intake.ts";
import type { ClockOffset } from "./clock-offset.ts";
import type { UnknownFrame } from "./parse-frame.ts";
import { OpenStreams } from "./open-streams.ts";
import { PendingAnswers } from "./pending-answers.ts";
import { sequenceView } from "./restored-agent.ts";
import type { SequenceView } from "./restored-agent.ts";
import type { SessionLine } from "./session-line.ts";

export interface ReadySessionDeps {
  readonly keys: FleetKeys;
  readonly fleet: Fleet;
  readonly metrics: MetricWriter;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  /** Restores raise it; agents refuse a lower one. */
  readonly epoch: number;
  readonly owner: ReadySessionOwner;
}

export interface ReadySessionOwner {
  rotate(serverId: string, agentId: string, sessionId: string, frame: RotateFrame): Promise<void>;
  /** A result that no command of this connection waits for. */
  strayResult(server: KnownServer, result: ResultBody): Promise<void>;
}

/** Who is connected, and what the hub knows of it at the session's beginning. */
export interface SessionStart {
  /** As stored at this moment. */
  readonly server: KnownServer;
  readonly body: AuthBody;
  readonly seqs: SequenceView;
  readonly clockOffset: ClockOffset;
}

type ReadyDeps = Omit<ReadySessionDeps, "metrics">;

/** The session of an agent that has proved itself: whose it is, is a property of this object and nothing a frame says. */
export class ReadySession {
  readonly server: KnownServer;
  readonly body: AuthBody;
  readonly sessionId = randomUUID();
  /** What this agent was asked and has yet to answer. */
  readonly pending: PendingAnswers;
  /** What is read from this agent piece by piece. */
  readonly streams: OpenStreams;
  readonly #deps: ReadyDeps;
  readonly #line: SessionLine;
  readonly #clockOffset: ClockOffset;
  /** A pending or quarantined agent is heard and no more: it has none. */
  readonly #intake: BatchIntake | undefined;

  constructor({ server, body, seqs, clockOffset }: SessionStart, line: SessionLine, deps: ReadyDeps) {
    this.server = server;
    this.body = body;
    this.#deps = deps;
    this.#line = line;
    this.#clockOffset = clockOffset;
    const { clock, keys, epoch } = deps;
    this.pending = new PendingAnswers({ clock, keys, epoch, sessionId: this.sessionId, line });
    this.streams = new OpenStreams(line);
    this.#intake = server.state === "active" ? this.#makeIntake(seqs) : undefined;
  }

  #makeIntake({ used, doubtful }: SequenceView): BatchIntake {
    const { ingest, log, clock } = this.#deps;
    if (used.length > 0)
      log.warn("an agent knows less than is stored: its server was restored to an earlier state", {
        lastSeq: this.body.lastSeq,
        storedUpTo: used.at(-1)?.[1],
      });
    ingest.begin(this.server.id);
    return new BatchIntake({
      ingest,
      log,
      serverId: this.server.id,
      stream: this.body.agentId,
      usedSeqs: used,
      doubtfulSeqs: doubtful,
      clockOffsetMs: () => this.#clockOffset.ms,
      acknowledge: (seqs) => {
        if (seqs.length > 0) this.#line.send({ t: "ack", seqs, now: clock.now() });
      },
      hold: (forMs) => this.#line.send({ t: "hold", forMs }),
      pause: () => this.#line.pause(),
      resume: () => this.#line.resume(),
    });
  }

  /** Throws ProtocolViolation. */
  async takePack(message: Buffer): Promise<void> {
    await this.#intake?.takePack(message);
  }

  /** Throws ProtocolViolation. */
  async take(frame: AgentFrame | UnknownFrame): Promise<void> {
    const { fleet, owner, log } = this.#deps;
    switch (frame.t) {
      case "batch":
        this.#measureClock(frame.late === true ? undefined : frame.rows.at(-1)?.[0]);
        this.#intake?.take(frame);
        return;
      case "facts": {
        const facts = factsSchema.safeParse(frame.facts);
        if (!facts.success) throw new ProtocolViolation("facts have a wrong form");
        if (Buffer.byteLength(JSON.stringify(facts.data)) > AGENT_LIMITS.factsBytesMax)
          throw new ProtocolViolation("facts are too large");
        return keepIfPossible(log, () => fleet.noteFacts(this.server.id, facts.data));
      }
      case "policy":
        return keepIfPossible(log, () => fleet.noteAgent(this.server.id, frame));
      case "reply":
        return this.pending.takeReply(frame);
      case "result":
        return this.#takeResult(frame);
      case "rotate":
        return owner.rotate(this.server.id, this.body.agentId, this.sessionId, frame);
      case "items":
        return this.streams.takeItems(frame);
      case "end":
        return this.streams.takeEnd(frame);
      case "services":
        return;
      case "unknown":
        return this.#line.send({ t: "unsupported", what: frame.what });
      case "begin":
      case "enroll":
      case "auth":
        throw new ProtocolViolation("the handshake is over");
    }
  }

  /** A live reading tells where the server's clock stands now; it may have been stepped since hello. */
  #measureClock(at: number | null | undefined): void {
    if (typeof at !== "number") return;
    const { clock, fleet } = this.#deps;
    if (!this.#clockOffset.measure(at - clock.now(), clock.monotonic())) return;
    const live = fleet.get(this.server.id);
    if (live) live.clockOffsetMs = this.#clockOffset.ms;
  }

  async #takeResult(frame: ResultFrame): Promise<void> {
    const { fleet, owner } = this.#deps;
    const agentKey = fleet.get(this.server.id)?.known.agent?.publicKey;
    if (!agentKey || !verify(agentKey, contextBytes("result", [frame.body]), fromBase64url(frame.sig)))
      throw new ProtocolViolation("a result is not signed by this agent");
    const parsed = resultBodySchema.safeParse(parseJson(frame.body));
    if (!parsed.success) throw new ProtocolViolation("a result has a wrong form");
    const result: ResultBody = parsed.data;
    if (!this.pending.takeResult(result)) await owner.strayResult(this.server, result);
    this.#line.send({ t: "result-ack", cmd: result.cmd });
  }
}

/** Notes what an agent said at its proof, and tells which of its batches are stored. */
export async function recallAgent(
  serverId: string,
  body: AuthBody,
  { metrics, fleet, log }: Pick<ReadySessionDeps, "metrics" | "fleet" | "log">,
): Promise<SequenceView> {
  const { agentId, spoolHead } = body;
  if (spoolHead > 0) await keepIfPossible(log, () => metrics.settleBelow(agentId, spoolHead));
  const seqs = sequenceView(await metrics.receipts(agentId), body);
  await keepIfPossible(log, () => fleet.noteAgent(serverId, body));
  return seqs;
}

/** Notes of the hub's own that a full disk may cost; the agent's link must not end with them. */
async function keepIfPossible(log: Logger, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    const error = asStorageError(thrown);
    if (!(error instanceof MusterError)) throw error;
    log.warn("what an agent said of itself could not be kept", { code: error.code });
  }
}

import { randomUUID } from "node:crypto";
import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { asStorageError, fromBase64url, verify } from "@muster/node-kit";
import { AGENT_LIMITS, contextBytes, factsSchema, resultBodySchema } from "@muster/protocol";
import type { AgentFrame, AuthBody, ResultBody, ResultFrame, RotateFrame, ServicesFrame } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { KnownServer } from "../../fleet/known-server.ts";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
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
  readonly services: Pick<ServiceRegistry, "take" | "ledgerSeq" | "addToLedger">;
  rotate(serverId: string, agentId: string, sessionId: string, frame: RotateFrame): Promise<void>;
  /** A result with a right signature; resolves when it is durable. */
  result(server: KnownServer, result: ResultBody): Promise<void>;
}

const LEDGER_MS_MAX = 30_000;

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
  #isFetchingLedger = false;
  #ledgerWanted = 0;

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
        await keepIfPossible(log, () => fleet.noteFacts(this.server.id, facts.data));
        return;
      }
      case "policy":
        await keepIfPossible(log, () => fleet.noteAgent(this.server.id, frame));
        return;
      case "reply":
        return this.pending.takeReply(frame);
      case "result":
        return this.#takeResult(frame);
      case "rotate":
        return owner.rotate(this.server.id, this.body.agentId, this.sessionId, frame);
      case "services":
        return this.#takeServices(frame);
      case "items":
        return this.streams.takeItems(frame);
      case "end":
        return this.streams.takeEnd(frame);
      case "unknown":
        return this.#line.send({ t: "unsupported", what: frame.what });
      case "begin":
      case "enroll":
      case "auth":
        throw new ProtocolViolation("the handshake is over");
    }
  }

  async #takeServices(frame: ServicesFrame): Promise<void> {
    // A pending or quarantined agent is heard and no more.
    if (this.#intake === undefined) return;
    const { log, owner } = this.#deps;
    await keepIfPossible(log, () => owner.services.take(this.server.id, frame));
    // The lines come as a reply, which the queue that waits for this frame would never hand on.
    void this.#fetchLedger(frame).catch((error: unknown) =>
      log.warn("the ledger of a server's services could not be fetched; it is tried again", { error }),
    );
  }

  async #fetchLedger({ ledgerId, ledgerSeq }: ServicesFrame): Promise<void> {
    this.#ledgerWanted = ledgerSeq;
    if (this.#isFetchingLedger) return;
    this.#isFetchingLedger = true;
    const { services } = this.#deps.owner;
    try {
      let seq = await services.ledgerSeq(this.server.id, ledgerId);
      while (seq < this.#ledgerWanted) {
        const params = { afterSeq: seq, limit: AGENT_LIMITS.ledgerEntriesPerCallMax };
        const answer = await this.pending.call("ledger.read", params, AbortSignal.timeout(LEDGER_MS_MAX));
        const newest = answer.entries.at(-1)?.seq ?? 0;
        if (answer.ledgerId !== ledgerId || newest <= seq) return;
        await services.addToLedger(this.server.id, ledgerId, answer.entries);
        seq = newest;
      }
    } finally {
      this.#isFetchingLedger = false;
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
    const { fleet, owner, log } = this.#deps;
    const agentKey = fleet.get(this.server.id)?.known.agent?.publicKey;
    if (!agentKey || !verify(agentKey, contextBytes("result", [frame.body]), fromBase64url(frame.sig)))
      throw new ProtocolViolation("a result is not signed by this agent");
    const parsed = resultBodySchema.safeParse(parseJson(frame.body));
    if (!parsed.success) throw new ProtocolViolation("a result has a wrong form");
    const result: ResultBody = parsed.data;
    // Unconfirmed where it cannot be kept: the agent says it again.
    if (await keepIfPossible(log, () => owner.result(this.server, result)))
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

/** What a full disk may cost for now: the agent's link must not end with it. Whether it was kept. */
async function keepIfPossible(log: Logger, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (thrown) {
    const error = asStorageError(thrown);
    if (!(error instanceof MusterError)) throw error;
    log.warn("what an agent said could not be kept", { code: error.code });
    return false;
  }
}

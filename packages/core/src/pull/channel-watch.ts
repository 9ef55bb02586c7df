import type { Health } from "../services/service.ts";
import type { Instant } from "../time.ts";
import type { IpvtlChannel } from "./ipvtl.ts";
import type { LookTimes } from "./reading.ts";

/** What two looks tell of a channel and one does not. */
export interface WatchedChannel {
  readonly channel: IpvtlChannel;
  /** Names this run of it; null while it does not run or does not tell since when. */
  readonly run: string | null;
  readonly since: Instant | null;
  readonly health: Health;
  readonly healthDetail: string;
}

/** The look that later ones are held against: not the last one when that was a moment ago. */
interface Mark {
  readonly uptimeSeconds: number;
  readonly isSending: boolean;
  readonly gotMs: number;
}

interface Judged extends WatchedChannel {
  readonly mark?: Mark;
}
interface Seen extends Judged, LookTimes {}

/** Whole seconds are told, and the box's clock need not run exactly as ours. */
const slackSeconds = (elapsedSeconds: number): number => 2 + elapsedSeconds / 50;
/** Between two looks closer together than this a clock of whole seconds may stand still. */
const JUDGED_AFTER_SECONDS = 2;

/** Channels of one box over time: runs, health, and whether a number still stands for the same channel. */
export class ChannelWatch {
  #seen: ReadonlyMap<number, Seen> = new Map();

  /** Takes in a look and tells every channel as it is now, in their order. */
  take(channels: readonly IpvtlChannel[], times: LookTimes): readonly WatchedChannel[] {
    const seen = channels.map((channel) => ({ ...this.#judge(channel, times), ...times }));
    this.#seen = new Map(seen.map((one) => [one.channel.number, one]));
    return seen;
  }

  /** Numbers whose running time grew faster than time itself since the look before: another channel has that number now. */
  moved(channels: readonly IpvtlChannel[], times: LookTimes): readonly number[] {
    return channels.flatMap(({ number, uptimeSeconds }) => {
      const before = this.#seen.get(number);
      if (before === undefined || uptimeSeconds === null) return [];
      // What did not run then cannot have been running for longer than since then.
      const from = before.channel.state === "idle" ? 0 : before.channel.uptimeSeconds;
      const longestSeconds = (times.gotMs - before.askedMs) / 1_000;
      return from !== null && uptimeSeconds - from > longestSeconds + slackSeconds(longestSeconds) ? [number] : [];
    });
  }

  #judge(channel: IpvtlChannel, times: LookTimes): Judged {
    const { state, uptimeSeconds, framesPerSecond } = channel;
    const before = this.#seen.get(channel.number);
    if (state !== "running")
      return {
        ...{ channel, run: null, since: null, health: "unknown" },
        healthDetail: state === "unknown" ? "the box says a state that is not known" : "",
      };
    if (uptimeSeconds === null)
      return {
        ...{ channel, run: null, since: null, health: "unknown" },
        healthDetail: "it runs, but its status does not tell for how long",
      };
    const kept = before !== undefined && isSameRun(before, channel, times) ? before : undefined;
    const since = kept?.since ?? times.now - uptimeSeconds * 1_000;
    const run = kept?.run ?? `started ${new Date(since).toISOString().slice(0, 19)}Z`;
    return { channel, run, since, ...judgeProgress(kept, uptimeSeconds, (framesPerSecond ?? 0) > 0, times) };
  }
}

/** Whether a running time goes on from what was seen before. */
function isSameRun(before: Seen, { uptimeSeconds }: IpvtlChannel, { askedMs }: LookTimes): boolean {
  const earlier = before.channel.uptimeSeconds;
  if (before.run === null || earlier === null || uptimeSeconds === null || uptimeSeconds < earlier) return false;
  // It may have been started anew and have passed its old time since: then it began after the look before.
  const elapsedSeconds = (askedMs - before.gotMs) / 1_000;
  const lagsBehind = uptimeSeconds - earlier < elapsedSeconds - slackSeconds(elapsedSeconds);
  return !(lagsBehind && uptimeSeconds <= elapsedSeconds && uptimeSeconds !== earlier);
}

type Verdict = Pick<Judged, "health" | "healthDetail" | "mark">;

/** Frames and a running time that moves are healthy; two looks without either are a stall. */
function judgeProgress(before: Seen | undefined, uptimeSeconds: number, isSending: boolean, times: LookTimes): Verdict {
  const now: Mark = { uptimeSeconds, isSending, gotMs: times.gotMs };
  const mark = before?.mark;
  const sending: Verdict = { health: "healthy", healthDetail: "", mark: now };
  const waiting: Verdict = { health: "unknown", healthDetail: "it sends no frames yet", mark: now };
  if (before === undefined || mark === undefined) return isSending ? sending : waiting;
  if (uptimeSeconds > mark.uptimeSeconds && isSending) return sending;
  if (times.askedMs - mark.gotMs < JUDGED_AFTER_SECONDS * 1_000)
    return { health: before.health, healthDetail: before.healthDetail, mark };
  if (uptimeSeconds === mark.uptimeSeconds)
    return { health: "degraded", healthDetail: "stalled: its clock stands still", mark: now };
  return mark.isSending ? waiting : { health: "degraded", healthDetail: "stalled: it sends no frames", mark: now };
}

import { boundedText } from "../linux/text.ts";
import { isFields } from "../services/definitions/index.ts";
import { fnv1a } from "../fnv1a.ts";
import { type JsonRecord, PullTextError, parseRecord, ratioOfPercent, textOf } from "./pull-text.ts";

export const CHANNELS_MAX = 500;
const CORES_MAX = 1_024;
const STATUS_CHARACTERS_MAX = 200;

const CHANNEL_STATES = ["idle", "running", "stopping"] as const;
/** `unknown`: a word that is not known; it is kept. */
export type ChannelState = (typeof CHANNEL_STATES)[number] | "unknown";

/** One channel as the box tells it. Null where it does not, or not in a form that is known. */
export interface IpvtlChannel {
  /** Its place in the list, from 1: the only name that the box itself knows. */
  readonly number: number;
  readonly state: ChannelState;
  /** The box's own words, without what moves on by itself. */
  readonly rawState: string;
  /** How the box says how far it is, such as `12:34:56 30fps@1234Kbps`; may be empty. */
  readonly status: string;
  readonly uptimeSeconds: number | null;
  readonly framesPerSecond: number | null;
  readonly bitsPerSecond: number | null;
  /** Only older boxes have names. */
  readonly name: string | null;
}

export interface IpvtlStatus {
  /** Busy share of each core; null for one that is not told. */
  readonly coreRatios: readonly (number | null)[];
  /** Mean over all cores; null unless all of them are told. */
  readonly busyRatio: number | null;
  readonly channels: readonly IpvtlChannel[];
  /** Changes when the list does: its length, and ids and names where there are any. */
  readonly listFingerprint: string;
}

/** The answer to `GET /status`, of newer boxes and of older ones. Throws PullTextError. */
export function parseIpvtlStatus(text: string): IpvtlStatus {
  const record = parseRecord(text);
  const list = record["channels"];
  if (!Array.isArray(list)) throw new PullTextError("the answer has no list of channels; is this an IPVTL box?");
  if (list.length > CHANNELS_MAX) throw new PullTextError(`the answer lists more than ${CHANNELS_MAX} channels`);
  return {
    ...parseCpu(record["cpu"]),
    channels: list.map((entry: unknown, index) => parseChannel(isFields(entry) ? entry : {}, index + 1)),
    listFingerprint: fingerprintOf(list),
  };
}

function parseCpu(cpu: unknown): Pick<IpvtlStatus, "coreRatios" | "busyRatio"> {
  if (!Array.isArray(cpu)) return { coreRatios: [], busyRatio: ratioOfPercent(cpu) ?? null };
  const coreRatios = cpu.slice(0, CORES_MAX).map((core: unknown) => ratioOfPercent(core) ?? null);
  const known = coreRatios.filter((ratio) => ratio !== null);
  const isWhole = known.length > 0 && known.length === cpu.length;
  return { coreRatios, busyRatio: isWhole ? known.reduce((sum, ratio) => sum + ratio, 0) / known.length : null };
}

function parseChannel(entry: JsonRecord, number: number): IpvtlChannel {
  const status = textOf(entry["status"], STATUS_CHARACTERS_MAX) ?? "";
  const word = textOf(entry["state"], STATUS_CHARACTERS_MAX);
  const progress = parseChannelProgress(status);
  return {
    number,
    // Older boxes have no state of its own: one that tells a running time runs.
    state: stateOf(word ?? (progress === undefined ? status : "running")),
    rawState:
      progress === undefined
        ? boundedText([word, status].filter(Boolean).join(" "), STATUS_CHARACTERS_MAX)
        : (word ?? "running"),
    status,
    uptimeSeconds: progress?.uptimeSeconds ?? null,
    framesPerSecond: progress?.framesPerSecond ?? null,
    bitsPerSecond: progress?.bitsPerSecond ?? null,
    name: textOf(entry["name"], STATUS_CHARACTERS_MAX) ?? null,
  };
}

const stateOf = (word: string): ChannelState => CHANNEL_STATES.find((state) => state === word) ?? "unknown";

export interface ChannelProgress {
  readonly uptimeSeconds: number;
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
}

const PROGRESS = /^(\d{1,7}):([0-5]\d):([0-5]\d)\s+(\d{1,6})\s*fps@(\d{1,9})\s*Kbps$/;

/** "36:34:56 30fps@1234Kbps": hours pass 24. Undefined when the text is anything else. */
export function parseChannelProgress(text: string): ChannelProgress | undefined {
  const match = PROGRESS.exec(text.trim());
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, framesPerSecond = 0, kilobitsPerSecond = 0] = match.slice(1).map(Number);
  return {
    uptimeSeconds: (hours * 60 + minutes) * 60 + seconds,
    framesPerSecond,
    bitsPerSecond: kilobitsPerSecond * 1_000,
  };
}

function fingerprintOf(list: readonly unknown[]): string {
  const identities = list.map((entry) => {
    const { id = null, name = null } = isFields(entry) ? entry : {};
    return [id, name].map((part) => (typeof part === "object" ? "" : String(part)));
  });
  return `${list.length}-${fnv1a(JSON.stringify(identities)).toString(16).padStart(8, "0")}`;
}

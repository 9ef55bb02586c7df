/** "MUSM": tells a metric file of ours from any other SQLite file. */
export const APPLICATION_ID = 0x4d55534d;

/**
 * Each entry brings the file from version `index` to `index + 1`; `PRAGMA user_version` holds the version. Released
 * entries never change.
 *
 * A frame holds what one server read at one instant or at some: `packed` is, for more than one row, the instant of each
 * as a little-endian float64, then for each row one float64 per series of its layout, NaN where nothing was read. Frames are how samples arrive; an hour after, they are sealed into a block. Version 1 is
 * the file of the plain SQLite store, which knew frames only: opening it here makes it one of ours.
 */
export const SCHEMA_STEPS: readonly string[] = [
  `
  -- A server being deleted has no name any more; its number is never used again.
  CREATE TABLE server (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE) STRICT;

  -- labels: a JSON object with sorted names, so that equal labels are equal texts.
  CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL REFERENCES server,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (server, metric, labels)
  ) STRICT;

  -- series: ascending series ids as little-endian uint32. No frame of it stands more than LAYOUT_USE_STEP_MS after last_used_at.
  CREATE TABLE layout (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL REFERENCES server,
    series BLOB NOT NULL,
    last_used_at INTEGER NOT NULL,
    UNIQUE (server, series)
  ) STRICT;

  -- samples: how many values of packed are numbers.
  CREATE TABLE frame (
    server INTEGER NOT NULL,
    at INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (server, at)
  ) STRICT, WITHOUT ROWID;

  -- The numbers of a stream that are stored or settled, as ranges that do not touch.
  CREATE TABLE receipt (
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    server INTEGER,
    PRIMARY KEY (stream, first)
  ) STRICT, WITHOUT ROWID;

  -- One row: how many samples there are in all frames.
  CREATE TABLE tally (id INTEGER PRIMARY KEY CHECK (id = 1), samples INTEGER NOT NULL) STRICT;
  INSERT INTO tally (id, samples) VALUES (1, 0);
  `,
  `
  -- What a server read from start to until, none overlapping another of its resolution. resolution: 0 for samples as
  -- they came, otherwise the milliseconds one row stands for. packed: see docs/spec/store.md.
  CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    server INTEGER NOT NULL,
    resolution INTEGER NOT NULL,
    start INTEGER NOT NULL,
    until INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    packed BLOB NOT NULL,
    UNIQUE (server, resolution, start)
  ) STRICT;

  -- What the blocks of a resolution that begin on a day (of UTC, counted from 1970) hold in all.
  CREATE TABLE stock (
    resolution INTEGER NOT NULL,
    day INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (resolution, day)
  ) STRICT, WITHOUT ROWID;

  -- One row: samples before raw_since were dropped, though roll-ups of them may be left.
  CREATE TABLE horizon (id INTEGER PRIMARY KEY CHECK (id = 1), raw_since INTEGER NOT NULL) STRICT;
  INSERT INTO horizon (id, raw_since) VALUES (1, ${Number.MIN_SAFE_INTEGER});
  `,
  `
  -- How many rows of one server a frame has, one after the other.
  ALTER TABLE frame ADD COLUMN rows INTEGER NOT NULL DEFAULT 1;

  -- Batches in the order in which they came, as frames are packed, with their receipts. Those of a server up to
  -- journal_done are frames by now.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    server INTEGER NOT NULL,
    at INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    stream TEXT,
    seq INTEGER,
    packed BLOB NOT NULL
  ) STRICT;
  ALTER TABLE server ADD COLUMN journal_done INTEGER NOT NULL DEFAULT 0;

  -- From when on each resolution is whole. What was dropped before there were minutes has left none.
  CREATE TABLE retained (resolution INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT;
  INSERT INTO retained (resolution, since) SELECT 0, raw_since FROM horizon;
  INSERT INTO retained (resolution, since) SELECT 60000, raw_since FROM horizon;
  DROP TABLE horizon;

  -- Hours of one series over CLOSED_MS, once they change no more: a year of one series is a dozen rows side by side.
  CREATE TABLE series_hours (
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    server INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (series, start)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX series_hours_of_server ON series_hours (server, start);

  -- An hour of one metric, of all servers: a block whose instants are ids of series and whose keys are numbers of
  -- fields. Only those of marked stretches (of two hours) are up to date.
  CREATE TABLE fleet_hours (
    hour INTEGER NOT NULL,
    metric TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (hour, metric)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE fleet_stretch (start INTEGER PRIMARY KEY) STRICT;
  `,
  `
  -- young: 1 for samples that were put together before their two hours were over, and wait to be sealed.
  ALTER TABLE block ADD COLUMN young INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX block_young ON block (server, start) WHERE young = 1 AND resolution = 0;
  `,
  `
  -- Blocks may be of version 3 from here on, which an older program would take for damaged.
  `,
];

/** Hours are put together by series over so long. */
export const CLOSED_MS = 32 * 86_400_000;

/** The resolution of samples as they came. */
export const RAW = 0;

/** `layout.last_used_at` is written at most this often, so that an append does not cost one update more. */
export const LAYOUT_USE_STEP_MS = 3_600_000;

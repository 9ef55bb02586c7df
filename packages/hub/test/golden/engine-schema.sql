CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    server INTEGER NOT NULL,
    resolution INTEGER NOT NULL,
    start INTEGER NOT NULL,
    until INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    packed BLOB NOT NULL, young INTEGER NOT NULL DEFAULT 0,
    UNIQUE (server, resolution, start)
  ) STRICT;

CREATE INDEX block_young ON block (server, start) WHERE young = 1 AND resolution = 0;

CREATE TABLE fleet_hours (
    hour INTEGER NOT NULL,
    metric TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (hour, metric)
  ) STRICT, WITHOUT ROWID;

CREATE TABLE fleet_stretch (start INTEGER PRIMARY KEY) STRICT;

CREATE TABLE frame (
    server INTEGER NOT NULL,
    at INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    packed BLOB NOT NULL, rows INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (server, at)
  ) STRICT, WITHOUT ROWID;

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

CREATE TABLE layout (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL REFERENCES server,
    series BLOB NOT NULL,
    last_used_at INTEGER NOT NULL,
    UNIQUE (server, series)
  ) STRICT;

CREATE TABLE receipt (
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    server INTEGER,
    PRIMARY KEY (stream, first)
  ) STRICT, WITHOUT ROWID;

CREATE TABLE retained (resolution INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL REFERENCES server,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (server, metric, labels)
  ) STRICT;

CREATE TABLE series_hours (
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    server INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (series, start)
  ) STRICT, WITHOUT ROWID;

CREATE INDEX series_hours_of_server ON series_hours (server, start);

CREATE TABLE server (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, journal_done INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE stock (
    resolution INTEGER NOT NULL,
    day INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (resolution, day)
  ) STRICT, WITHOUT ROWID;

CREATE TABLE tally (id INTEGER PRIMARY KEY CHECK (id = 1), samples INTEGER NOT NULL) STRICT;

PRAGMA user_version = 5;

PRAGMA auto_vacuum = 2;

-- Instants are milliseconds since 1970-01-01T00:00Z, hours and days are counted from there; a day
-- is a day of the site's zone. `point` is `points.id` everywhere, so that a row stays short.

-- What this file is, in one row.
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    written_by TEXT NOT NULL,       -- version of the program that made or last upgraded it
    timezone TEXT NOT NULL,         -- whose days `days` holds
    folded_until INTEGER NOT NULL,  -- samples are older than this instant, recent is not
    samples INTEGER NOT NULL        -- how many rows `samples` has; counting them would be slow
) STRICT;

-- How each source's polls go.
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_success INTEGER,
    last_error TEXT,
    requests INTEGER NOT NULL,
    rate_remaining INTEGER,
    resumes_at INTEGER,
    interval REAL NOT NULL,         -- seconds
    polls INTEGER NOT NULL,
    failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    manufacturer TEXT,
    model TEXT,
    serial TEXT,
    firmware TEXT,
    connected INTEGER,
    last_seen INTEGER,
    PRIMARY KEY (source, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE points (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    point TEXT NOT NULL,            -- the vendor's own id
    name TEXT NOT NULL,
    metric TEXT,
    unit TEXT NOT NULL,
    writable INTEGER NOT NULL,
    minimum REAL,
    maximum REAL,
    step REAL,
    options TEXT NOT NULL,          -- JSON: [[value, label], ...]
    UNIQUE (source, device, point)
) STRICT;

-- Polls arrive here: in time order, so that one poll touches one page instead of one per point.
CREATE TABLE recent (
    time INTEGER NOT NULL,
    point INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (time, point)
) STRICT, WITHOUT ROWID;

-- Here they stay: in the order in which series are read.
CREATE TABLE samples (
    point INTEGER NOT NULL,
    time INTEGER NOT NULL,
    value REAL,                     -- NULL where the reading is a text
    PRIMARY KEY (point, time)
) STRICT, WITHOUT ROWID;

-- Few readings are texts, so they do not widen every row of the others.
CREATE TABLE texts (
    point INTEGER NOT NULL,
    time INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (point, time)
) STRICT, WITHOUT ROWID;

CREATE VIEW readings (point, time, value, text) AS
    SELECT point, time, value, CASE WHEN value IS NULL THEN (
        SELECT text FROM texts WHERE texts.point = samples.point AND texts.time = samples.time) END
    FROM samples
    UNION ALL
    SELECT point, time, value, CASE WHEN value IS NULL THEN (
        SELECT text FROM texts WHERE texts.point = recent.point AND texts.time = recent.time) END
    FROM recent;

-- Roll-ups: the numbers of `samples`, hour by hour and day by day; never those of `recent`.
CREATE TABLE hours (
    point INTEGER NOT NULL,
    period INTEGER NOT NULL,
    count INTEGER NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    mean REAL NOT NULL,
    last REAL NOT NULL,
    PRIMARY KEY (point, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE days (
    point INTEGER NOT NULL,
    period INTEGER NOT NULL,
    count INTEGER NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    mean REAL NOT NULL,
    last REAL NOT NULL,
    PRIMARY KEY (point, period)
) STRICT, WITHOUT ROWID;

-- What was stored, in the order of commitment. The newest entry is never deleted, so `sequence`
-- grows for ever without AUTOINCREMENT, which would write one more page with every poll.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    total INTEGER NOT NULL,         -- readings of all entries up to this one, dropped ones too
    packed BLOB NOT NULL,           -- little-endian: count x uint32 point, count x float64 value,
                                    -- int64 time: count of them, or one where all are the same
    texts TEXT                      -- JSON: [[index, text], ...] of the readings that are texts
) STRICT;

CREATE TABLE cursors (
    sink TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    live INTEGER NOT NULL DEFAULT 0 -- is told the newest only: the journal does not wait for it
) STRICT, WITHOUT ROWID;

-- How each sink's deliveries go.
CREATE TABLE sinks (
    sink TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_success INTEGER,
    last_error TEXT,
    delivered INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    resumes_at INTEGER
) STRICT, WITHOUT ROWID;

-- What sinks are owed beside the journal: the readings of [started, ended) behind a position.
CREATE TABLE debts (
    id INTEGER PRIMARY KEY,
    sink TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    time INTEGER NOT NULL,          -- the position, in the order of time and point;
    point INTEGER NOT NULL,         -- just before `started` where nothing was delivered yet
    remaining INTEGER NOT NULL      -- how many readings, about
) STRICT;

-- Readings that a sink has refused for good.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    sink TEXT NOT NULL,
    point INTEGER NOT NULL,
    time INTEGER NOT NULL,
    value REAL,
    text TEXT,
    reason TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (sink, point, time)
) STRICT;

CREATE TABLE events (
    source TEXT NOT NULL,           -- '' where an event has no source
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    device TEXT,
    severity TEXT NOT NULL,
    ended INTEGER,
    detail TEXT NOT NULL,           -- JSON object
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_time ON events (time);

CREATE TABLE gaps (
    source TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    cause TEXT NOT NULL,
    filled_by TEXT,
    PRIMARY KEY (source, started)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_open_gap ON gaps (source) WHERE ended IS NULL;

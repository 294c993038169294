-- Control: every write that was asked for, and overrides that restore themselves.

CREATE TABLE writes (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    point TEXT NOT NULL,            -- the vendor's own id
    requested REAL NOT NULL,
    before REAL,
    after REAL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    sender TEXT NOT NULL,           -- the process that is responsible while there is no outcome
    purpose TEXT NOT NULL,
    ended_at INTEGER,
    outcome TEXT,                   -- NULL while it is being sent or read back
    detail TEXT NOT NULL,
    override INTEGER,
    until INTEGER,                  -- when that override is to end
    renewals INTEGER NOT NULL,
    renewed_at INTEGER
) STRICT;

CREATE INDEX writes_by_time ON writes (asked_at);

-- Two changes of one point are never under way at once, whichever processes want them.
CREATE UNIQUE INDEX one_sender ON writes (source, device, point) WHERE outcome IS NULL;

CREATE TABLE overrides (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    point TEXT NOT NULL,
    value REAL NOT NULL,
    restore_to REAL NOT NULL,
    started INTEGER NOT NULL,
    until INTEGER NOT NULL,
    asked_by TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- A point goes back to one value at one instant.
CREATE UNIQUE INDEX one_override ON overrides (source, device, point) WHERE state <> 'ended';

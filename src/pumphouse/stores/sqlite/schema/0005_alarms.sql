-- Alarms: what the owner has acknowledged, and what was told by which sink of messages.
CREATE TABLE acknowledgements (
    source TEXT NOT NULL,           -- of the event, '' where it has none
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    by TEXT NOT NULL,               -- who has, for people
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

-- What somebody who reads the messages of a sink believes.
CREATE TABLE told (
    sink TEXT NOT NULL,
    alarm TEXT NOT NULL,            -- what makes it the same alarm when it comes again
    lasting INTEGER NOT NULL,       -- whether it was last told as lasting
    began INTEGER,                  -- when it was last told that it has begun
    ended INTEGER,                  -- when it was last told that it is over
    PRIMARY KEY (sink, alarm)
) STRICT, WITHOUT ROWID;

-- Since when a sink tells: what began before is no news.
CREATE TABLE tellers (
    sink TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Few of all events last, and these are asked for again and again.
CREATE INDEX lasting_events ON events (time) WHERE ended IS NULL AND kind IN ('alarm', 'sensor');
CREATE INDEX events_by_end ON events (ended) WHERE ended IS NOT NULL;

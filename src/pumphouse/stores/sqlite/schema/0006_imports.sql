-- How far each import has come, so that one that was interrupted goes on where it was.
CREATE TABLE imports (
    identity TEXT PRIMARY KEY,      -- of the place, its content and the way it is read
    place TEXT NOT NULL,            -- what it is, for people
    position TEXT NOT NULL,         -- only its format understands it
    read INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    already INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Months that are over and lie in files of the folder `archive` beside the store.
CREATE TABLE archive (
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    month INTEGER NOT NULL,         -- of UTC, counted from January 1970
    file TEXT NOT NULL,             -- below the folder
    readings INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,           -- of the whole file
    PRIMARY KEY (source, device, month)
) STRICT, WITHOUT ROWID;

-- Stretches whose single readings were deleted by the owner's wish; `hours` and `days` keep them.
CREATE TABLE retained (
    point INTEGER PRIMARY KEY,
    oldest INTEGER NOT NULL,        -- the whole hours from here on
    since INTEGER NOT NULL          -- and before this one
) STRICT;

-- Sensors: raw values that are not believed, the owner's names, and which hardware stands behind.

-- What a sensor said and nobody believed; it is in no series.
CREATE TABLE suspects (
    point INTEGER NOT NULL,
    time INTEGER NOT NULL,
    value REAL NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (point, time)
) STRICT, WITHOUT ROWID;

CREATE INDEX suspects_by_time ON suspects (time);

-- What the owner calls a sensor, and what its points mean; `devices` and `points` keep the rest.
CREATE TABLE sensor_names (
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (source, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE sensor_metrics (
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    point TEXT NOT NULL,
    metric TEXT NOT NULL,
    PRIMARY KEY (source, device, point)
) STRICT, WITHOUT ROWID;

-- What `hardware` says is said of `device`, the first hardware that a sensor was seen as.
CREATE TABLE bindings (
    source TEXT NOT NULL,
    hardware TEXT NOT NULL,
    device TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (source, hardware)
) STRICT, WITHOUT ROWID;

-- Devices and points as they are shown: bound hardware is none of its own, the owner's word counts.
CREATE VIEW shown_devices AS
    SELECT source, device, coalesce(sensor_names.name, devices.name) AS name,
        manufacturer, model, serial, firmware, connected, last_seen, system
    FROM devices LEFT JOIN sensor_names USING (source, device)
    WHERE (source, device) NOT IN (SELECT source, hardware FROM bindings);

CREATE VIEW shown_points AS
    SELECT id, source, device, point, name, coalesce(sensor_metrics.metric, points.metric) AS metric,
        unit, writable, minimum, maximum, step, options, vendor_unit
    FROM points LEFT JOIN sensor_metrics USING (source, device, point)
    WHERE (source, device) NOT IN (SELECT source, hardware FROM bindings);

-- Services that were made by calls, and those of the tenant's file that were retired. A row goes before the entry of the file with
-- the same id. Prices are decimals as text; ids of staff stand in a row with spaces between them.
CREATE TABLE service (
    seq                   INTEGER PRIMARY KEY,
    tenant                TEXT NOT NULL,
    id                    TEXT NOT NULL,
    name                  TEXT NOT NULL,
    description           TEXT,
    duration_minutes      INTEGER NOT NULL CHECK (duration_minutes > 0),
    price                 TEXT,
    currency              TEXT NOT NULL,
    capacity              INTEGER NOT NULL CHECK (capacity > 0),
    requires_confirmation INTEGER NOT NULL CHECK (requires_confirmation IN (0, 1)),
    lead_minutes          INTEGER NOT NULL CHECK (lead_minutes >= 0),
    horizon_days          INTEGER,
    buffer_before_minutes INTEGER NOT NULL CHECK (buffer_before_minutes >= 0),
    buffer_after_minutes  INTEGER NOT NULL CHECK (buffer_after_minutes >= 0),
    staff_ids             TEXT NOT NULL,
    resource_id           TEXT,
    status                TEXT NOT NULL CHECK (status IN ('active', 'retired')),
    created_ms            INTEGER NOT NULL,
    UNIQUE (tenant, id)
) STRICT;

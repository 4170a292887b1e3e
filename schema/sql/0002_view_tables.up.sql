-- scope: version
-- The rows of one version of the view. `doc` and `value` hold what the view knows; every other column is derived from
-- them, for filters and orders (verify recomputes it). Instants are milliseconds since 1970 in UTC.

-- What the rows were made by; a program that makes them otherwise builds the version anew (projector/pg_store.cpp).
CREATE TABLE made_by (
    stamp text COLLATE "C" NOT NULL
);

-- Where the fold of each partition stands; a projector writes rows only in the transaction that moves its row on.
CREATE TABLE positions (
    partition  integer NOT NULL,
    checkpoint text COLLATE "C" NOT NULL
);

CREATE TABLE books (
    user_id   text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    doc       text COLLATE "C" NOT NULL
);

CREATE TABLE projects (
    user_id     text COLLATE "C" NOT NULL,
    project_id  uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    deleted     boolean NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE TABLE filters (
    user_id   text COLLATE "C" NOT NULL,
    filter_id uuid NOT NULL,
    name      text COLLATE "C" NOT NULL,
    deleted   boolean NOT NULL,
    doc       text COLLATE "C" NOT NULL
);

CREATE TABLE tasks (
    user_id      text COLLATE "C" NOT NULL,
    task_id      uuid NOT NULL,
    status       smallint NOT NULL,  -- 0 open, 1 in_progress, 2 completed, 3 cancelled, 4 skipped, 5 deleted, 6 purged
    priority     smallint NOT NULL,  -- 1 to 4
    tags         text[] COLLATE "C" NOT NULL,
    tags_folded  text[] COLLATE "C" NOT NULL,  -- beside tags, one for one
    start_at     bigint,
    due_at       bigint,
    due_all_day  boolean NOT NULL,   -- due is a day, not a time
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    completed_at bigint,
    parent_id    uuid,
    project_id   uuid,
    depends_on   uuid[] NOT NULL,
    series_id    uuid,
    assignee     text COLLATE "C",
    assignee_folded text COLLATE "C",
    traits       smallint NOT NULL,  -- 1 live reminder, 2 recurrence rule, 4 comment; alarms: 8 to come, 16 fired, 32 missed, 64 snoozed
    title_key    bytea NOT NULL,     -- domain::sort_key by title, ascending
    languages    text[] COLLATE "C" NOT NULL,  -- of title, tags, description, then of each comment, when it was written
    words        tsvector NOT NULL,  -- projector/pg_text.hpp says what stands in it
    doc          text COLLATE "C" NOT NULL
);

CREATE TABLE history (
    user_id     text COLLATE "C" NOT NULL,
    log_offset  bigint NOT NULL,
    task_id     uuid,
    type        text COLLATE "C" NOT NULL,
    actor       text COLLATE "C" NOT NULL,
    happened_at bigint NOT NULL,
    fields      text[] COLLATE "C" NOT NULL,  -- members of the event's data
    value       text COLLATE "C" NOT NULL     -- the record, byte for byte
);

DROP INDEX history_by_task;
ALTER TABLE history DROP CONSTRAINT history_pkey;
DROP INDEX tasks_by_due;
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;
ALTER TABLE projects DROP CONSTRAINT projects_pkey;
DROP INDEX books_by_partition;
ALTER TABLE books DROP CONSTRAINT books_pkey;
ALTER TABLE positions DROP CONSTRAINT positions_pkey;

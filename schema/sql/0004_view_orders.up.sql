-- scope: version
-- The orders that lists are asked for most beside due and updated; the one by status also serves counts.
CREATE INDEX tasks_by_priority ON tasks (user_id, priority, task_id);
CREATE INDEX tasks_by_created ON tasks (user_id, created_at, task_id);
CREATE INDEX tasks_by_status ON tasks (user_id, status, task_id);

-- scope: version
-- Apart from the tables, so that a bulk load fills them first.
ALTER TABLE positions ADD PRIMARY KEY (partition);
ALTER TABLE books ADD PRIMARY KEY (user_id);
CREATE INDEX books_by_partition ON books (partition);
ALTER TABLE projects ADD PRIMARY KEY (user_id, project_id);
ALTER TABLE filters ADD PRIMARY KEY (user_id, filter_id);
ALTER TABLE tasks ADD PRIMARY KEY (user_id, task_id);
CREATE INDEX tasks_by_due ON tasks (user_id, due_at, task_id);
CREATE INDEX tasks_by_updated ON tasks (user_id, updated_at, task_id);
CREATE INDEX tasks_by_parent ON tasks (user_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_by_alarms ON tasks (user_id) WHERE traits & 120 <> 0;
CREATE INDEX tasks_by_words ON tasks USING gin (words);
ALTER TABLE history ADD PRIMARY KEY (user_id, log_offset);
CREATE INDEX history_by_task ON history (user_id, task_id, log_offset);

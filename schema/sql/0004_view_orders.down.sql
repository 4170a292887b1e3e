-- scope: version
DROP INDEX tasks_by_status;
DROP INDEX tasks_by_created;
DROP INDEX tasks_by_priority;

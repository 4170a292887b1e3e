DROP TABLE history, tasks, filters, projects, books, positions, made_by;

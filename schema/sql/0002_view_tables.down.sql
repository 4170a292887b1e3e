DROP TABLE history, tasks, projects, books, positions, made_by;

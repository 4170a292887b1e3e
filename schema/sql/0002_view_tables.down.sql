DROP TABLE history, tasks, projects, books, positions;

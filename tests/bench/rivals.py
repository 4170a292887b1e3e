"""The same corpus and questions in SQLite's FTS5 and in Xapian, for comparison: built and asked in process.

Both keep all books in one index and narrow each question to its book, as Daybook's views do. Each question is a page of 50 and a count to
10,000, as a list of ours answers."""
import json
import sqlite3
import time
from pathlib import Path

PAGE, COUNT = 50, 10_001
WEIGHTS = {"title": 8, "tags": 4, "description": 2}  # S3


def read(folder: Path, name: str):
    with open(folder / name) as lines:
        yield from map(json.loads, lines)


def size_of(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


class Fts5:
    name = "SQLite FTS5"

    def __init__(self, folder: Path):
        self.path = folder / "fts5.sqlite"
        self.db = sqlite3.connect(self.path)

    def build(self, tasks) -> None:
        self.db.executescript("""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;
            CREATE TABLE tasks (id INTEGER PRIMARY KEY, book TEXT, priority INT, due TEXT);
            CREATE VIRTUAL TABLE texts USING fts5(book, title, tags, description, content='', tokenize='porter unicode61', prefix='2 3');""")
        for number, t in enumerate(tasks, 1):
            self.db.execute("INSERT INTO tasks VALUES (?, ?, ?, ?)", (number, t["book"], t["priority"], t["due"] or None))
            self.db.execute("INSERT INTO texts (rowid, book, title, tags, description) VALUES (?, ?, ?, ?, ?)",
                            (number, t["book"].replace("-", ""), t["title"], " ".join(t["tags"]).replace("#", ""), t["description"]))
        self.db.executescript("""
            CREATE INDEX by_due ON tasks (book, due, id); CREATE INDEX by_priority ON tasks (book, priority, due, id);
            INSERT INTO texts (texts) VALUES ('optimize'); ANALYZE;""")
        self.db.commit()

    def ask(self, q: dict) -> int:
        terms = [f'"{word}"' for word in q["all"]] + ([f'"{" ".join(q["phrase"])}"'] if q["phrase"] else [])
        terms += [f"{q['prefix']}*"] if q["prefix"] else []
        terms += [f'tags : "{q["tag"].replace("#", "")}"'] if q["tag"] else []
        order = {"due": "t.due IS NULL, t.due, t.id", "priority": "t.priority, t.id", "priority-,due": "t.priority DESC, t.due IS NULL, t.due, t.id"}
        if not terms:
            where, values, source = "t.book = ?", [q["book"]], "tasks t"
        else:
            words = " AND ".join(terms) + (f' NOT "{q["none"]}"' if q["none"] else "")
            where, values = "texts MATCH ?", [f'book : "{q["book"].replace("-", "")}" AND ({words})']
            source = "texts JOIN tasks t ON t.id = texts.rowid"
        if q["due_from"]:
            where += " AND t.due BETWEEN ? AND ?"
            values += [q["due_from"], q["due_until"]]
        by = order.get(q["sort"], f"bm25(texts, 0, {WEIGHTS['title']}, {WEIGHTS['tags']}, {WEIGHTS['description']})")
        self.db.execute(f"SELECT t.id FROM {source} WHERE {where} ORDER BY {by} LIMIT {PAGE}", values).fetchall()
        return self.db.execute(f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT {COUNT})", values).fetchone()[0]

    def close(self) -> None:
        self.db.close()


class Xapian:
    name = "Xapian"
    DUE, PRIORITY = 0, 1

    def __init__(self, folder: Path):
        import xapian
        self.x = xapian
        self.path = folder / "xapian"
        self.db = None

    def build(self, tasks) -> None:
        x = self.x
        db = x.WritableDatabase(str(self.path), x.DB_CREATE_OR_OVERWRITE | x.DB_NO_SYNC)
        generator = x.TermGenerator()
        generator.set_stemmer(x.Stem("english"))
        for t in tasks:
            document = x.Document()
            generator.set_document(document)
            for field, weight in WEIGHTS.items():
                generator.index_text(" ".join(t["tags"]).replace("#", "") if field == "tags" else t[field], weight)
                generator.increase_termpos()
            document.add_boolean_term("XB" + t["book"])
            for tag in t["tags"]:
                document.add_boolean_term("XT" + tag)
            if t["due"]:
                document.add_value(self.DUE, t["due"])
            document.add_value(self.PRIORITY, str(t["priority"]))
            db.add_document(document)
        db.commit()
        db.close()

    def open(self) -> None:
        self.db = self.x.Database(str(self.path))
        self.parser = self.x.QueryParser()
        self.parser.set_stemmer(self.x.Stem("english"))
        self.parser.set_stemming_strategy(self.x.QueryParser.STEM_SOME)
        self.parser.set_default_op(self.x.Query.OP_AND)
        self.parser.set_database(self.db)

    def ask(self, q: dict) -> int:
        if self.db is None:
            self.open()
        x = self.x
        text = " ".join(q["all"] + ([f'"{" ".join(q["phrase"])}"'] if q["phrase"] else []) + ([q["prefix"] + "*"] if q["prefix"] else []))
        flags = x.QueryParser.FLAG_PHRASE | x.QueryParser.FLAG_WILDCARD
        query = self.parser.parse_query(text, flags) if text else x.Query("XB" + q["book"])
        if q["none"]:
            query = x.Query(x.Query.OP_AND_NOT, query, self.parser.parse_query(q["none"], flags))
        filters = [x.Query("XB" + q["book"])] + ([x.Query("XT" + q["tag"])] if q["tag"] else [])
        if q["due_from"]:
            filters.append(x.Query(x.Query.OP_VALUE_RANGE, self.DUE, q["due_from"], q["due_until"]))
        for each in filters:
            query = x.Query(x.Query.OP_FILTER, query, each)
        enquire = x.Enquire(self.db)
        enquire.set_query(query)
        if q["sort"]:
            enquire.set_sort_by_value(self.DUE if q["sort"] == "due" else self.PRIORITY, q["sort"].startswith("priority-"))
        return enquire.get_mset(0, PAGE, COUNT).get_matches_estimated()

    def close(self) -> None:
        if self.db is not None:
            self.db.close()


def percentiles(times: list[float]) -> dict:
    ordered = sorted(times)
    return {f"p{q}_ms": ordered[int(q / 100 * (len(ordered) - 1))] for q in (50, 95, 99)}


def measure(rival, folder: Path, rounds: int) -> tuple[dict, list[dict]]:
    """How long it took to build, its bytes, and per kind of question its times."""
    began = time.monotonic()
    rival.build(read(folder, "corpus.jsonl"))
    built = {"store": rival.name, "seconds": time.monotonic() - began, "bytes_on_disk": size_of(rival.path)}
    questions = list(read(folder, "questions.jsonl"))
    took: dict[str, list[float]] = {}
    found: dict[str, int] = {}
    for _ in range(rounds):
        for q in questions:
            began = time.perf_counter()
            count = rival.ask(q)
            took.setdefault(q["kind"], []).append(1000 * (time.perf_counter() - began))
            found[q["kind"]] = found.get(q["kind"], 0) + count
    rival.close()
    return built, [{"store": rival.name, "kind": kind, "found": found[kind] // len(times), "first_ms": times[0], **percentiles(times)}
                   for kind, times in took.items()]

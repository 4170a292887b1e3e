"""The query language through the real binary: both stores, errors with columns, highlights, completion, the command line."""
import urllib.parse

import pytest

from tests.support import Daybook
from tests.support.daybook import run

TASKS = [
    {"title": "Neue Landingpages", "tags": ["work"], "priority": "P1", "due": "2020-08-31"},
    {"title": "Backup database", "description": "nightly, with a quarterly report", "tags": ["work", "home"]},
    {"title": "Quarterly reports", "priority": "P2", "assignee": "Ana"},
    {"title": "Größe der Straße 🐻", "due": "2030-01-01T09:00"},
    {"title": "日本の会議", "reminder_minutes": 30, "due": "2030-01-01"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory, postgres):
    with Daybook(tmp_path_factory.mktemp("search"), "--postgres", postgres) as daybook:
        client = daybook.http(user="ana")
        assert client.request("PATCH", "/v1/book", json={"language": "english"}).status == 200
        assert client.post("/v1/projects", {"name": "Two Words"}).status == 201
        ids = []
        for members in TASKS:
            answer = client.post("/v1/tasks", members)
            assert answer.status == 201, answer.json
            ids.append(answer.json["task_id"])
        daybook.position = client.post(f"/v1/tasks/{ids[0]}/comments", {"text": "before the \"release\""}).position
        yield daybook


def get(server, path, store="rocks", **parameters):
    query = urllib.parse.urlencode({**parameters, "store": store, "min_position": server.position, "wait_ms": 5000})
    return server.http(user="ana").get(f"{path}?{query}")


def titles(answer):
    assert answer.status == 200, answer.json
    return [item.get("task", item)["title"] for item in answer.json["items"]]


FOUND = [
    ("landing", ["Neue Landingpages"]),
    ("landing ", ["Neue Landingpages"]),  # no such word: by its likeness
    ("backup server", []),
    ("quarterly report", ["Quarterly reports", "Backup database"]),  # the title counts more
    ('title:"quarterly report"', ["Quarterly reports"]),
    ("grosse strasse", ["Größe der Straße 🐻"]),
    ("会議", ["日本の会議"]),
    ("comment:release", ["Neue Landingpages"]),
    ("#work -p1", ["Backup database"]),
    ("is:overdue", ["Neue Landingpages"]),
    ("has:reminder due:2030-01-01", ["日本の会議"]),
    ("assignee:ana OR #home sort:title", ["Backup database", "Quarterly reports"]),
    ("due:none sort:priority-,title", ["Backup database", "Quarterly reports"]),
    ("status:deleted", []),
]


@pytest.mark.parametrize("store", ["rocks", "postgres"])
@pytest.mark.parametrize("query, expected", FOUND)
def test_a_query_finds_the_same_in_both_stores(server, store, query, expected):
    assert titles(get(server, "/v1/tasks", store, q=query)) == expected
    assert titles(get(server, "/v1/search", store, q=query)) == expected


def test_plain_parameters_and_the_query_hold_together(server):
    assert titles(get(server, "/v1/tasks", q="report", priority="P2")) == ["Quarterly reports"]
    assert titles(get(server, "/v1/tasks", search="report", tag="home")) == ["Backup database"]


def test_paging_a_query_joins_to_its_whole_answer(server):
    for store in ("rocks", "postgres"):
        whole = titles(get(server, "/v1/tasks", store, q="sort:priority,title-"))
        paged, cursor = [], {}
        while True:
            page = get(server, "/v1/tasks", store, q="sort:priority,title-", limit=2, **cursor)
            paged += titles(page)
            if page.json["next_cursor"] is None:
                break
            cursor = {"cursor": page.json["next_cursor"]}
        assert paged == whole and len(whole) == len(TASKS)
        other = get(server, "/v1/tasks", store, q="sort:priority,title", limit=2, **cursor)
        assert (other.status, other.json["code"]) == (400, "cursor.mismatch")


@pytest.mark.parametrize("query, column, code, detail", [
    ("tag:work OR", 12, "query.syntax", "expected term"),
    ("prio:1", 1, "query.unknown_field", "unknown field prio, did you mean priority"),
    ("größe \"offen", 7, "query.syntax", "This quote is never closed"),
    ("due:soon", 5, "query.bad_value", "`soon` is no date"),
    ("a " * 33, 65, "query.too_long", "A query has at most 32 terms"),
    ("(" * 9 + "a" + ")" * 9, 9, "query.too_deep", "Parentheses go at most 8 deep"),
])
def test_a_wrong_query_is_422_with_its_column(server, query, column, code, detail):
    for path in ("/v1/tasks", "/v1/search"):
        answer = get(server, path, q=query)
        assert (answer.status, answer.json["code"], answer.json["column"], answer.json["detail"]) == (422, code, column, detail)
        assert answer.json["field"] == "q"
    if detail == "expected term":
        assert answer.json["expected"] == ["term"]


def test_a_search_shows_what_it_found_and_where(server):
    for store in ("rocks", "postgres"):
        item, = get(server, "/v1/search", store, q="strasse 🐻 ").json["items"]
        assert item["highlights"] == {"title": [{"from": 11, "to": 17}, {"from": 18, "to": 19}]}
        assert item["rank"] == 16
        item, = get(server, "/v1/search", store, q="release #work").json["items"]
        assert item["highlights"] == {"comments": [{"index": 0, "from": 13, "to": 20}]}
        assert item["rank"] == 1
    assert get(server, "/v1/search").json["code"] == "field.required"


def test_explain_says_how_each_store_finds_the_answer(server):
    plan = "\n".join(get(server, "/v1/tasks", "rocks", q="report #work", explain=1).json["plan"])
    assert "postings of 'report': 2" in plan and "#work: 1 left" in plan
    plan = "\n".join(get(server, "/v1/tasks", "postgres", q="report", explain=1).json["plan"])
    assert "Limit" in plan and "words @@" in plan
    assert "plan" not in get(server, "/v1/tasks", q="report").json
    assert get(server, "/v1/tasks", explain="yes").status == 422


def test_mistyped_words_find_what_looks_like_them_and_say_so(server):
    for store in ("rocks", "postgres"):
        page = get(server, "/v1/search", store, q="quartely repport ")
        assert set(titles(page)) == {"Quarterly reports", "Backup database"} and page.json["fuzzy"] is True
        assert page.json["did_you_mean"] == "quarterly report"
        assert page.json["items"][0]["highlights"] == {"title": [{"from": 1, "to": 10}, {"from": 11, "to": 18}]}
        listed = get(server, "/v1/tasks", store, q="datbase", explain=1)
        assert titles(listed) == ["Backup database"] and listed.json["fuzzy"] is True
        assert listed.json["plan"][0].endswith("datbase as database")
        exact = get(server, "/v1/search", store, q="quarterly")
        assert "fuzzy" not in exact.json and "did_you_mean" not in exact.json
        nothing = get(server, "/v1/search", store, q="zzzzzz")
        assert titles(nothing) == [] and "fuzzy" not in nothing.json and "did_you_mean" not in nothing.json


def test_completion_knows_fields_values_tags_and_projects(server):
    def offered(text, **more):
        return [item["text"] for item in get(server, "/v1/query/complete", q=text, **more).json["items"]]
    assert offered("is:o") == ["overdue", "open"]
    assert offered("#w") == ["#work"]
    assert offered("project:t") == ["\"Two Words\""]
    assert offered("is:o AND due:<=to", column=5) == ["overdue", "open"]
    assert offered("\"is:o") == []


def test_the_command_line_prints_a_table_json_lines_and_the_place_of_an_error(server):
    where = ["--url", server.url, "--user", "ana"]
    lines = run("search", "#work sort:priority", "--json", *where).stdout.splitlines()
    assert len(lines) == 2 and "Neue Landingpages" in lines[0]
    failed = run("search", "tag:work OR", *where, check=False)
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-2:] == ["  tag:work OR", "  " + " " * 11 + "^"]

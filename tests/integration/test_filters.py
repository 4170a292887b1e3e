"""Saved filters through the real binary: kept, changed, counted, run by name, in both stores, also after a rebuild."""
import urllib.parse

import pytest

from tests.support import Daybook
from tests.support.daybook import run
from tests.support.wait import wait_until

TASKS = [{"title": "Pay rent", "priority": "P1", "tags": ["home"], "due": "2020-08-31"},
         {"title": "Meeting notes", "tags": ["work"]}, {"title": "Meeting room", "priority": "P1", "tags": ["work"]},
         {"title": "Read a book"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory, postgres):
    with Daybook(tmp_path_factory.mktemp("filters"), "--postgres", postgres) as daybook:
        for members in TASKS:
            assert daybook.http(user="ana").post("/v1/tasks", members).status == 201
        yield daybook


@pytest.fixture
def ana(server):
    return server.http(user="ana")


def read(client, path, store, **parameters):
    query = urllib.parse.urlencode({**parameters, "store": store, "min_position": "end", "wait_ms": 5000})
    return client.get(f"{path}?{query}")


def save(client, name, query, **more):
    return client.request("POST", "/v1/filters", json={"name": name, "query": query, **more})


BOTH = pytest.mark.parametrize("store", ["rocks", "postgres"])


def test_a_filter_is_kept_changed_and_deleted(server, ana):
    made = save(ana, "Café / work", "#work sort:title")
    assert made.status == 201, made.json
    kept = made.json
    assert (kept["name"], kept["query"], kept["version"], kept["deleted"]) == ("Café / work", "#work sort:title", 1, False)
    path = f"/v1/filters/{kept['filter_id']}"
    assert made.headers["location"] == path
    changed = ana.request("PATCH", path, json={"query": "#work p1"}, headers={"If-Match": '"1"'})
    assert (changed.status, changed.json["version"], changed.json["name"]) == (200, 2, "Café / work")
    assert ana.request("PATCH", path, json={"query": "p1"}, headers={"If-Match": '"1"'}).status == 412
    assert ana.request("PATCH", path, json={"query": "#work p1"}).json["no_op"] is True
    assert ana.request("PATCH", path, json={}).status == 422
    for store in ("rocks", "postgres"):
        assert read(ana, path, store).json["count"] == 1
        assert read(ana, "/v1/filters/" + urllib.parse.quote("Café / work", safe=""), store).json["version"] == 2
    gone = ana.request("DELETE", path)
    assert (gone.status, gone.json["deleted"]) == (200, True)
    assert ana.request("DELETE", path).json["no_op"] is True
    assert ana.request("PATCH", path, json={"name": "x"}).status == 409
    for store in ("rocks", "postgres"):
        assert read(ana, path, store).status == 404
        assert read(ana, path + "/tasks", store).status == 404


@BOTH
def test_the_list_counts_what_each_finds_now(server, store):
    client = server.http(user=f"counts-{store}")
    for name, query in [("work", "#work"), ("late", "is:overdue"), ("none", "due:none")]:
        assert save(client, name, query).status == 201
    counts = {item["name"]: item["count"] for item in read(client, "/v1/filters", store).json["items"]}
    assert counts == {"work": 0, "late": 0, "none": 0}
    client.post("/v1/tasks", {"title": "a", "tags": ["work"], "due": "2020-01-01"})
    client.post("/v1/tasks", {"title": "b", "tags": ["work"]})
    answer = read(client, "/v1/filters", store).json
    assert {item["name"]: item["count"] for item in answer["items"]} == {"work": 2, "late": 1, "none": 1}
    assert answer["position"] and "lag_ms" in answer
    assert all("count" not in item for item in read(client, "/v1/filters", store, counts=0).json["items"])


@BOTH
def test_a_filter_runs_by_id_or_name_like_its_query(server, ana, store):
    saved = save(ana, f"Meetings {store}", "meeting sort:title").json
    direct = read(ana, "/v1/tasks", store, q="meeting sort:title").json["items"]
    assert [task["title"] for task in direct] == ["Meeting notes", "Meeting room"]
    for name in (saved["filter_id"], f"Meetings {store}", f"MEETINGS {store.upper()}"):
        answer = read(ana, f"/v1/filters/{urllib.parse.quote(name)}/tasks", store)
        assert answer.status == 200, answer.json
        assert answer.json["items"] == direct and answer.json["total_count"] == 2
    path = f"/v1/filters/{saved['filter_id']}/tasks"
    assert [task["title"] for task in read(ana, path, store, priority="P1").json["items"]] == ["Meeting room"]
    first = read(ana, path, store, limit=1).json
    second = read(ana, path, store, limit=1, cursor=first["next_cursor"]).json
    assert first["items"] + second["items"] == direct and second["next_cursor"] is None
    refused = read(ana, path, store, q="p1")
    assert (refused.status, refused.json["field"]) == (422, "q")
    ana.request("PATCH", f"/v1/filters/{saved['filter_id']}", json={"query": "p1"})
    assert read(ana, path, store, limit=1, cursor=first["next_cursor"]).status == 400, "a cursor of another query"


@pytest.mark.parametrize("query, code, column", [("tag:work OR", "query.syntax", 12), ("prio:1", "query.unknown_field", 1),
                                                 ("due:soon", "query.bad_value", 5), ('"never', "query.syntax", 1),
                                                 ("x " * 600, "query.too_long", None)])
def test_a_query_that_is_wrong_is_not_kept(server, ana, query, code, column):
    answer = save(ana, "wrong", query)
    assert (answer.status, answer.json["code"], answer.json["field"]) == (422, code, "query")
    if column:
        assert answer.json["column"] == column
    assert read(ana, "/v1/filters/wrong", "rocks").status == 404


def test_saving_twice_changes_nothing_and_another_query_under_the_name_is_refused(server, ana):
    first = save(ana, "Twice", "p1")
    again = save(ana, "Twice", "p1")
    assert (again.status, again.json["no_op"], again.json["filter_id"]) == (200, True, first.json["filter_id"])
    other = save(ana, "Twice", "p2")
    assert (other.status, other.json["code"]) == (409, "name.taken")
    keyed = [ana.request("POST", "/v1/filters", json={"name": "Keyed", "query": "p1"}, headers={"Idempotency-Key": "once"})
             for _ in range(2)]
    assert [answer.status for answer in keyed] == [201, 200]
    assert keyed[1].json["replayed"] is True and keyed[0].json["filter_id"] == keyed[1].json["filter_id"]
    batch = ana.post("/v1/commands", {"commands": [
        {"id": "b1", "type": "save_filter", "args": {"name": "Batch", "query": "p1"}},
        {"id": "b2", "type": "delete_filter", "args": {"filter_id": keyed[0].json["filter_id"]}}]}).json["results"]
    assert [one["status"] for one in batch] == ["applied", "applied"]
    assert batch[1]["filter_id"] == keyed[0].json["filter_id"] and batch[1]["version"] == 2


def test_another_book_sees_none_of_it(server, ana):
    mine = save(ana, "Mine alone", "is:open").json["filter_id"]
    bob = server.http(user="bob")
    bob.post("/v1/tasks", {"title": "so that bob has a book"})
    for store in ("rocks", "postgres"):
        assert read(bob, "/v1/filters", store).json["items"] == []
        theirs = [read(bob, path, store) for path in (f"/v1/filters/{mine}", "/v1/filters/Mine%20alone", f"/v1/filters/{mine}/tasks",
                                                     "/v1/filters/00000000-0000-4000-8000-000000000000")]
        assert [answer.status for answer in theirs] == [404] * 4
        assert len({answer.json["detail"] for answer in theirs}) == 1
    assert bob.request("PATCH", f"/v1/filters/{mine}", json={"name": "x"}).status == 404
    assert bob.request("DELETE", f"/v1/filters/{mine}").status == 404
    assert save(bob, "Mine alone", "is:open").status == 201, "names are the book's own"


def test_the_audit_says_what_a_filter_was_before(server):
    client = server.http(user="audited")
    saved = save(client, "First", "p1").json["filter_id"]
    client.request("PATCH", f"/v1/filters/{saved}", json={"name": "Second"})
    client.request("DELETE", f"/v1/filters/{saved}")
    entries = read(client, "/v1/audit", "rocks").json["items"]
    assert [entry["event_type"] for entry in entries] == ["filter.saved", "filter.saved", "filter.deleted"]
    assert {"field": "name", "old": "First", "new": "Second"} in entries[1]["changes"]
    assert entries[1]["changes"] == [change for change in entries[1]["changes"] if change["field"] == "name"]
    assert {"field": "deleted", "old": False, "new": True} in entries[2]["changes"]
    lines = client.get("/v1/export?events=1").body.decode().splitlines()
    assert len(lines) == 3 and all(saved in line for line in lines)


def test_filters_outlive_a_rebuild_and_verify_covers_them(server, ana):
    save(ana, "Kept over a rebuild", "is:open p1")
    before = {store: read(ana, "/v1/filters", store).json["items"] for store in ("rocks", "postgres")}
    assert before["rocks"] == before["postgres"] and before["rocks"]
    for view in ("rocks", "postgres"):
        version = version_of(server, view)
        assert server.http().post(f"/v1/admin/views/{view}/rebuild", {}).status == 202
        wait_until(lambda: version_of(server, view) > version, 60, f"{view} is rebuilt")
        assert read(ana, "/v1/filters", view).json["items"] == before[view]
    run("verify", "--url", server.url)
    server.restart()
    assert read(server.http(user="ana"), "/v1/filters", "rocks").json["items"] == before["rocks"]


def version_of(server, view):
    views = server.http().get("/v1/admin/views").json
    return min(row["version"] for row in views["views"] if row["name"] == view)

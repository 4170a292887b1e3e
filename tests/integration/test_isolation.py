"""One book never sees another; a token can do what its scopes say and no more (settled 33-35)."""
import hashlib
import json

import pytest

from tests.support import Daybook

TOKENS = {"ana-rw": ("ana", ["read", "write"]), "ana-r": ("ana", ["read"]), "bob-rw": ("bob", ["read", "write"]),
          "root": ("root", ["admin"]), "machine": ("machine", ["service"])}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("isolation")
    lines = [json.dumps({"sha256": hashlib.sha256(token.encode()).hexdigest(), "user": user, "scopes": scopes})
             for token, (user, scopes) in TOKENS.items()]
    (folder / "tokens").write_text("\n".join(lines) + "\n")
    with Daybook(folder / "data", "--auth", f"tokens:{folder / 'tokens'}") as daybook:
        yield daybook


def client(server, token=None, user=None):
    return server.http(user=user, **({"authorization": f"Bearer {token}"} if token else {}))


@pytest.fixture(scope="module")
def task(server):
    created = client(server, "ana-rw").post("/v1/tasks", {"title": "a secret of ana's"})
    assert created.status == 201
    return created.json["task_id"], created.position


READS = ["/v1/tasks", "/v1/tasks/{id}", "/v1/tasks/{id}/history", "/v1/tasks/{id}/comments", "/v1/tags", "/v1/projects",
         "/v1/filters", "/v1/reminders", "/v1/schedules", "/v1/book", "/v1/audit", "/v1/export"]
WRITES = [("POST", "/v1/tasks", {"title": "x"}), ("PATCH", "/v1/tasks/{id}", {"title": "x"}), ("DELETE", "/v1/tasks/{id}", None),
          ("POST", "/v1/commands", {"mode": "independent", "commands": [{"id": "c", "type": "update_task", "args": {"task_id": "{id}", "title": "x"}}]}),
          *[("POST", "/v1/tasks/{id}/" + verb, body) for verb, body in [
              ("start", {}), ("stop", {}), ("complete", {}), ("reopen", {}), ("cancel", {}), ("skip", {}), ("restore", {}),
              ("reschedule", {"due": "2030-01-01"}), ("move", {"parent_id": None}), ("comments", {"text": "x"}),
              ("tags", {"add": ["x"], "remove": []})]],
          ("PATCH", "/v1/book", {"zone": "UTC"}), ("POST", "/v1/projects", {"name": "x"}),
          ("POST", "/v1/schedules", {"name": "x", "cron": "@daily", "reminder": {"text": "x"}}),
          ("POST", "/v1/filters", {"name": "x", "query": "p1"})]
ADMIN = ["/v1/admin/views", "/v1/admin/log?partition=0", "/v1/admin/verify"]


@pytest.mark.parametrize("path", READS + ADMIN)
def test_without_a_token_reading_is_401(server, task, path):
    answer = client(server).get(path.replace("{id}", task[0]))
    assert answer.status == 401
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("method, path, body", WRITES)
def test_without_a_token_or_with_a_read_token_writing_is_refused(server, task, method, path, body):
    path = path.replace("{id}", task[0])
    assert client(server).request(method, path, json=body).status == 401
    assert client(server, "ana-r").request(method, path, json=body).status == 403
    assert client(server, "root").request(method, path, json=body).status == 403, "admin does not write"


@pytest.mark.parametrize("path", [path for path in READS if "{id}" in path])
def test_another_books_task_is_404_in_the_same_bytes_as_an_unknown_one(server, task, path):
    bob = client(server, "bob-rw")
    bob.post("/v1/tasks", {"title": "so that bob has a book"})
    theirs = bob.get(path.replace("{id}", task[0]))
    unknown = bob.get(path.replace("{id}", "00000000-0000-4000-8000-000000000000"))
    assert theirs.status == unknown.status == 404
    without_ids = [{key: value for key, value in answer.json.items() if key != "request_id"} for answer in (theirs, unknown)]
    assert without_ids[0] == without_ids[1]
    assert "secret" not in theirs.body.decode()


@pytest.mark.parametrize("method, path, body", [row for row in WRITES if "{id}" in row[1]])
def test_another_books_task_cannot_be_written(server, task, method, path, body):
    answer = client(server, "bob-rw").request(method, path.replace("{id}", task[0]), json=body)
    assert answer.status == 404


def test_lists_tags_and_audits_hold_only_the_own_book(server, task):
    bob = client(server, "bob-rw")
    for path in ("/v1/tasks", "/v1/tags", "/v1/audit", "/v1/export"):
        assert "secret" not in bob.get(path).body.decode()
    assert "secret" in client(server, "ana-r").get(f"/v1/tasks?min_position={task[1]}").body.decode()


@pytest.mark.parametrize("path", ADMIN)
def test_admin_routes_need_admin(server, path):
    assert client(server, "ana-rw").get(path).status == 403
    assert client(server, "root").get(path).status == 200


def test_daybook_user_is_for_service_tokens(server):
    assert client(server, "ana-rw", user="bob").get("/v1/tasks").status == 403
    assert client(server, "machine", user="ana").get("/v1/tasks").status == 200


def test_health_is_open_and_says_little(server):
    for path in ("/health/live", "/health/ready", "/healthz"):
        assert client(server).get(path).status == 200

"""A copy kept by /v1/sync is the book, whatever happened and whenever it asked (Y1)."""
import random

import pytest

from tests.support import Daybook

DERIVED = ("blocked", "project")  # follow from depends_on and projects


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Daybook(tmp_path_factory.mktemp("sync") / "data") as daybook:
        yield daybook


class Copy:
    """What a client keeps: the last token and what its answers said."""

    def __init__(self, client):
        self.client, self.token, self.tasks, self.projects, self.book, self.pages = client, "*", {}, {}, None, 0

    def update(self, at_least: str = "", pages: int | None = None) -> "Copy":
        """Asks until there is no more, or so many times."""
        while pages is None or pages > 0:
            wait = f"&min_position={at_least}&wait_ms=5000" if at_least else ""
            answer = self.client.get(f"/v1/sync?token={self.token}{wait}")
            assert answer.status == 200, answer.body
            page = answer.json
            self.pages += 1
            if page["full"] and self.token == "*":
                self.tasks, self.projects = {}, {}
            for task in page["tasks"]:
                self.tasks[task["task_id"]] = {name: value for name, value in task.items() if name not in DERIVED}
            for gone in page["deleted_tasks"]:
                self.tasks.pop(gone, None)
            for project in page["projects"]:
                self.projects[project["project_id"]] = project
            for gone in page["deleted_projects"]:
                self.projects.pop(gone, None)
            self.book = page["book"] or self.book
            self.token = page["token"]
            pages = None if pages is None else pages - 1
            if not page["has_more"]:
                break
        return self

    def state(self):
        return self.tasks, self.projects, self.book


def listed(client, at_least):
    """The same from the lists."""
    tasks, cursor = {}, ""
    while True:
        page = client.get(f"/v1/tasks?limit=200&min_position={at_least}&wait_ms=5000{cursor}").json
        for task in page["items"]:
            tasks[task["task_id"]] = {name: value for name, value in task.items() if name not in DERIVED}
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    projects = {each["project_id"]: each for each in client.get("/v1/projects").json["items"]}
    return tasks, projects, client.get("/v1/book").json


def change(client, dice, known, projects, number):
    """One random command; returns its position."""
    what = dice.choice(["create"] * 4 + ["update", "complete", "delete", "restore", "purge", "project", "unproject", "move", "book"])
    task = dice.choice(known) if known else None
    command = {"id": f"c{number}", "type": "create_task", "args": {"title": f"task {number}"}}
    if what == "update" and task:
        command = {"type": "update_task", "args": {"task_id": task, "title": f"renamed {number}", "tags": ["x"]}}
    elif what == "complete" and task:
        command = {"type": "complete_task", "args": {"task_id": task}}
    elif what == "delete" and task:
        command = {"type": "delete_task", "args": {"task_id": task}}
    elif what == "restore" and task:
        command = {"type": "restore_task", "args": {"task_id": task}}
    elif what == "purge" and task:
        command = {"type": "purge_task", "args": {"task_id": task}}
    elif what == "project":
        command = {"type": "create_project", "args": {"name": f"project {number}"}}
    elif what == "unproject" and projects:
        command = {"type": "delete_project", "args": {"project_id": dice.choice(projects)}}
    elif what == "move" and task and projects:
        command = {"type": "move_task", "args": {"task_id": task, "project_id": dice.choice(projects)}}
    elif what == "book":
        command = {"type": "configure_book", "args": {"week_start": dice.choice(["monday", "sunday"])}}
    command["id"] = f"c{number}"
    result = client.commands([command]).json["results"][0]
    if result["status"] == "applied" and command["type"] == "create_task":
        known.append(result["task_id"])
    if result["status"] == "applied" and command["type"] == "create_project":
        projects.append(result["project_id"])
    return result.get("position")


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_is_the_book_from_any_token_on(server, seed):
    print(f"seed {seed}")
    dice, client = random.Random(seed), server.http(f"copy-{seed}")
    known, projects, copies, last = [], [], [], ""
    for number in range(250):
        last = change(client, dice, known, projects, number) or last
        if dice.random() < 0.05:
            copies.append(Copy(client).update(pages=dice.choice([None, 1])))
        if copies and dice.random() < 0.2:
            dice.choice(copies).update(pages=1)
    assert len(copies) > 3
    truth = listed(client, last)
    for copy in [*copies, Copy(client)]:
        assert copy.update(last).state() == truth


def test_a_large_book_comes_in_pages_while_it_changes(server):
    client = server.http("large")
    for batch in range(9):
        client.commands([{"id": f"{batch}-{i}", "type": "create_task", "args": {"title": f"{batch}-{i}"}} for i in range(50)])
    copy = Copy(client).update(client.get("/v1/tasks?min_position=end").position, pages=1)
    assert len(copy.tasks) == 200
    seen = list(copy.tasks)
    unseen = [task["task_id"] for task in client.get("/v1/tasks?sort_by=id&order=desc&limit=10").json["items"]]
    client.patch(f"/v1/tasks/{seen[0]}", {"title": "renamed"})
    client.delete(f"/v1/tasks/{seen[1]}")
    client.delete(f"/v1/tasks/{unseen[0]}")
    last = client.post("/v1/tasks", {"title": "new"}).position
    copy.update(last)
    copy.update(last)  # what changed while the pages were read
    assert copy.state() == listed(client, last)
    assert len(copy.tasks) == 449 and copy.pages >= 3


def test_many_changes_come_in_pages(server):
    client = server.http("many")
    copy = Copy(client).update()
    for batch in range(11):
        last = client.commands([{"id": f"{batch}-{i}", "type": "create_task", "args": {"title": "x"}} for i in range(100)]).json["position"]
    copy.update(last, pages=1)
    assert len(copy.tasks) == 500
    copy.update(last)
    assert copy.state() == listed(client, last)


def test_the_token_of_a_write_includes_the_write(server):
    client = server.http("write")
    copy = Copy(client).update()
    first = client.post("/v1/tasks", {"title": "one"})
    copy.token = first.position
    assert copy.update().tasks == {}  # the client knows it from the answer
    second = client.post("/v1/tasks", {"title": "two"})
    assert [task["title"] for task in copy.update(second.position).tasks.values()] == ["two"]


def test_an_empty_book_begins_anywhere(server):
    copy = Copy(server.http("nobody-yet")).update()
    assert copy.tasks == {} and copy.book["zone"] == "UTC"
    copy.client.post("/v1/tasks", {"title": "first"})
    assert len(copy.update(copy.client.get("/v1/tasks?min_position=end").position).tasks) == 1


@pytest.mark.parametrize("token, more, status, code", [
    ("", "", 422, "field.invalid"), ("nonsense", "", 422, "field.invalid"), ("s1.nonsense", "", 422, "field.invalid"),
    ("f1.{position}", "", 422, "field.invalid"), ("f1.{position}.forged", "", 400, "cursor.mismatch"),
    ("s0.{position}", "", 410, "sync_token_expired"), ("s9.{position}", "&allow_full=1", 200, None),
    ("s1.{elsewhere}", "", 410, "sync_token_expired"), ("s1.{elsewhere}", "&allow_full=1", 200, None),
    ("s1.{foreign}", "", 422, "position.foreign"), ("s1.{position}", "&allow_full=2", 422, "field.invalid"),
    ("s1.{position}", "&tokn=1", 422, "field.unknown"), ("s1.{later}", "&wait_ms=10", 504, "position.not_reached"),
])
def test_what_is_no_token_says_so(server, token, more, status, code):
    client = server.http("odd")
    position = client.post("/v1/tasks", {"title": "one"}).position
    log_id, partition, at = position.split(".")
    places = {"position": position, "elsewhere": f"00000000-0000-4000-8000-000000000000.{partition}.{at}",
              "foreign": f"{log_id}.{(int(partition) + 1) % 8}.{at}", "later": f"{log_id}.{partition}.{int(at) + 100}"}
    answer = client.get(f"/v1/sync?token={token.format(**places)}{more}")
    assert (answer.status, answer.json.get("code")) == (status, code), answer.body
    if status == 200:
        assert answer.json["full"] is True and answer.json["tasks"]
    assert server.http("odd").get("/v1/sync").json["code"] == "field.required"

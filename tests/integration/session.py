"""One client's session, told as a list of exchanges with ids and times taken out: what must not differ between logs."""
import re

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
VOLATILE = {"lag_ms", "request_id", "next_cursor", "position"}


class Transcript:
    """Records exchanges. Every id becomes its number of first appearance, every instant of today `<time>`."""

    def __init__(self, client):
        self.client = client
        self.lines: list = []
        self.names: dict[str, str] = {}

    def send(self, method: str, path: str, json=None, **options):
        answer = self.client.request(method, path, json=json, **options)
        body = answer.json if answer.body else None
        self.lines.append((method, self.plain(path), answer.status, answer.headers.get("etag"), self.plain(body)))
        return answer

    def plain(self, value):
        if isinstance(value, dict):
            return {self.plain(key): self.plain(each) for key, each in value.items() if key not in VOLATILE}
        if isinstance(value, list):
            return [self.plain(each) for each in value]
        if isinstance(value, str):
            value = UUID.sub(lambda found: self.names.setdefault(found[0], f"<id {len(self.names)}>"), value)
            return INSTANT.sub("<time>", value) if "2020-" not in value else value
        return value


def play(client) -> Transcript:
    """Every kind of command and read once, good and bad."""
    said = Transcript(client)
    position = ""

    def create(**members):
        nonlocal position
        answer = said.send("POST", "/v1/tasks", members, headers={"Idempotency-Key": f"create {members['title']}"})
        position = answer.position or position
        return answer.json.get("task_id")

    def act(task, what, body=None):
        nonlocal position
        answer = said.send("POST", f"/v1/tasks/{task}/{what}", body or {})
        position = answer.position or position
        return answer

    def read(path):
        mark = "&" if "?" in path else "?"
        return said.send("GET", f"{path}{mark}min_position={position}&wait_ms=5000")

    said.send("PATCH", "/v1/book", {"zone": "Europe/Berlin", "all_day_time": "08:30"})
    rent = create(title="Pay rent", priority="P1", tags=["home", "#Money"], due="2020-08-31")
    move = create(title="Move house", description="line one\nline two", due="2020-10-25T02:30", x_source="letter")
    box = create(title="Pack boxes", parent_id=move, estimate=90)
    van = create(title="Rent a van", parent_id=move, depends_on=[box], due="2020-03-29T02:30:00[Europe/Berlin]")
    create(title="Pay rent")  # the same key, another body: refused
    create(title="")
    create(title="x" * 501)
    create(title="bad date", due="2020-02-30")
    create(title="bad zone", due="2020-02-20T10:00[Europe/Berln]")
    create(title="odd member", colour="red")
    create(title="own child", parent_id="00000000-0000-4000-8000-000000000000")
    read(f"/v1/tasks/{rent}")
    read(f"/v1/tasks/{van}")
    act(move, "complete")                       # open children
    act(van, "start")
    act(van, "start")                           # no-op
    act(box, "complete")                        # unblocks the van
    act(box, "complete")
    act(van, "complete")
    act(van, "reopen")
    act(van, "cancel")
    act(rent, "tags", {"add": ["urgent"], "remove": ["#money"]})
    act(rent, "tags", {"add": ["a"], "remove": ["a"]})
    act(rent, "reschedule", {"due": "2020-09-30"})
    act(rent, "comments", {"text": "standing order?"})
    act(box, "move", {"parent_id": None})
    act(move, "move", {"parent_id": van})       # a cycle
    said.send("PATCH", f"/v1/tasks/{rent}", {"title": "Pay the rent", "description": None, "percent": 50})
    said.send("PATCH", f"/v1/tasks/{rent}", {"title": "stale"}, headers={"If-Match": '"1"'})
    said.send("PATCH", f"/v1/tasks/{rent}", {"percent": 101})
    said.send("DELETE", f"/v1/tasks/{move}?children=cascade")
    act(van, "complete")                        # deleted
    act(move, "restore")
    said.send("POST", "/v1/commands", {"mode": "atomic", "commands": [
        {"id": "batch-1", "type": "create_task", "args": {"title": "Party"}, "temp_id": "p"},
        {"id": "batch-2", "type": "create_task", "args": {"title": "Invite", "parent_id": "p"}},
        {"id": "batch-3", "type": "complete_task", "args": {"task_id": "00000000-0000-4000-8000-000000000000"}}]})
    done = said.send("POST", "/v1/commands", {"mode": "independent", "commands": [
        {"id": "batch-4", "type": "create_task", "args": {"title": "Party"}, "temp_id": "p"},
        {"id": "batch-5", "type": "create_task", "args": {"title": "Invite", "parent_id": "p"}},
        {"id": "batch-6", "type": "complete_task", "args": {"task_id": "nobody"}},
        {"id": "batch-7", "type": "no_such_command", "args": {}}]})
    position = done.json["position"]
    said.send("POST", "/v1/commands", {"mode": "independent", "commands": [
        {"id": "batch-4", "type": "create_task", "args": {"title": "Party"}, "temp_id": "p"}]})
    read("/v1/tasks?sort_by=title")
    read("/v1/tasks?status=deleted")
    read("/v1/tasks?tag=home&priority=P1")
    read("/v1/tasks?limit=2&sort_by=created")
    read("/v1/tasks?colour=red")
    read("/v1/tags")
    read("/v1/book")
    read(f"/v1/tasks/{rent}/history")
    read(f"/v1/tasks/{rent}/comments")
    read("/v1/tasks/00000000-0000-4000-8000-000000000000")
    read("/v1/audit?field=tags")
    said.send("GET", "/v1/nowhere")
    said.send("PUT", "/v1/tasks")
    return said

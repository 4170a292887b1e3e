"""Writes schema/openapi.yaml and schema/asyncapi.yaml from docs/http.md and the JSON Schemas of commands and events.

--check writes nothing and exits 1 if a file is not what would be written."""
import json
import re
import sys

from scripts.commands.common import ROOT

DIALECT = "http://json-schema.org/draft-07/schema#"
FILES = ("schema/openapi.yaml", "schema/asyncapi.yaml")
UUID = {"type": "string", "format": "uuid"}
INSTANT = {"type": "string", "format": "date-time"}
TEXT, FLAG, COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}


def or_null(schema: dict) -> dict:
    return {"anyOf": [schema, {"type": "null"}]}


def flag_in_url() -> dict:
    return {"enum": ["0", "1"]}


# Members of an answered task (settled 6a) that no event sets.
NOT_IN_EVENTS = {"task_id": UUID, "user_id": TEXT, "version": COUNT, "project": or_null(TEXT), "blocked": FLAG,
                 "recurrence_rule": or_null(TEXT), "created_at": INSTANT, "updated_at": INSTANT}
# Query parameters that are more than a text.
PARAMETERS = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 200}, "page_size": {"type": "integer", "minimum": 1, "maximum": 200},
    "page": {"type": "integer", "minimum": 1, "maximum": 1000000}, "wait_ms": {"type": "integer", "minimum": 0, "maximum": 5000},
    "store": {"enum": ["rocks", "postgres"]}, "order": {"enum": ["asc", "desc"]}, "completed": {"enum": ["true", "false"]},
    "children": {"enum": ["cascade", "keep", "refuse"]}, "occurrences": {"enum": ["this", "all"]},
    "counts": flag_in_url(), "events": flag_in_url(), "explain": flag_in_url(), "hash": flag_in_url(), "raw": flag_in_url(),
    "state": {"enum": ["upcoming", "fired", "missed", "snoozed"]},
    "n": {"type": "integer", "minimum": 1, "maximum": 100}, "allow_full": flag_in_url(), "partition": COUNT, "view": {"enum": ["rocks", "postgres", "all"]}, "task": UUID,
}
# The live feed waits for no view and is of one store.
NOT_A_READ = ("/v1/events", "/v1/ws")
EVERY_READ = ["store", "min_position", "wait_ms"]
LINES = "application/x-ndjson"
# Path of a read -> schema of its answer, or its media type where that is no JSON object.
ANSWERS = {
    "/v1/search": "search_page", "/v1/query/complete": "candidates",
    "/v1/tasks": "task_page", "/v1/tasks/{id}": "task", "/v1/tasks/{id}/history": "entries", "/v1/tasks/{id}/comments": "entries",
    "/v1/filters": "filters", "/v1/filters/{id}": "filter", "/v1/filters/{id}/tasks": "task_page",
    "/v1/audit": "entries", "/v1/tags": "tags", "/v1/projects": "projects", "/v1/book": "book", "/v1/export": LINES,
    "/v1/sync": "sync_page", "/v1/events": "text/event-stream", "/v1/tickets": "ticket",
    "/v1/reminders": "fires", "/v1/schedules": "schedules", "/v1/schedules/{id}": "schedule",
    "/v1/schedules/{id}/preview": "coming_slots",
    "/v1/preview/occurrences": "occurrences", "/v1/preview/cron": "slots",
    "/v1/admin/log": LINES, "/v1/admin/verify": LINES, "/metrics": "text/plain",
}


def pages() -> list[dict]:
    """The rows of docs/http.md: method, path, scope, role, what, parameters."""
    rows = []
    for line in (ROOT / "docs/http.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 5 or not cells[1].startswith("`/"):
            continue
        rows.append({"method": cells[0].lower(), "path": cells[1].strip("`"), "scope": cells[2], "role": cells[3], "what": cells[4],
                     "parameters": re.findall(r"`\??(\w+)`", cells[5]) if len(cells) > 5 else re.findall(r"`\?(\w+)`", cells[4])})
    return rows


def load(name: str) -> dict:
    return json.loads((ROOT / "schema" / name).read_text())


def names(folder: str) -> list[str]:
    return sorted(file.stem for file in (ROOT / "schema" / folder).glob("*.json"))


def task_schema() -> dict:
    """Members in the order of settled 6a, their values as the events have them."""
    text = (ROOT / "docs/rules/settled.md").read_text()
    members = re.search(r"\*\*6a\*\* \*\*A task as JSON\*\*:\s*`([^`]*)`", text)[1].split()
    known = dict(NOT_IN_EVENTS)
    # What an event of one status says about it is narrower than what a task can be: task.created goes first.
    for event in sorted(names("event"), key=lambda name: name != "task.created"):
        if event.startswith("task."):
            for name, schema in load(f"event/{event}.json")["properties"]["data"].get("properties", {}).items():
                known.setdefault(name, schema)
    listed = [name for name in members if name != "x_*"]
    return {"type": "object", "properties": {name: known[name] for name in listed}, "required": listed,
            "patternProperties": {"^x_": {"type": ["string", "boolean", "number"]}}}


def list_of(item: dict, sometimes: dict | None = None, **more: dict) -> dict:
    members = {"items": {"type": "array", "items": item}, **more, "position": or_null(TEXT), "lag_ms": COUNT}
    return {"type": "object", "properties": {**members, **(sometimes or {}), "stale": {"const": True}}, "required": list(members)}


def ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def components() -> dict:
    commands = [{"$ref": f"command/{name}.json"} for name in names("command")]
    result = {"type": "object", "required": ["id", "status", "task_id", "event_ids"], "properties": {
        "id": TEXT, "status": {"enum": ["applied", "no_op", "replayed", "rejected"]}, "task_id": or_null(UUID), "project_id": UUID, "schedule_id": UUID,
        "filter_id": UUID, "version": COUNT, "event_ids": {"type": "array", "items": UUID}, "position": TEXT,
        "warnings": {"type": "array", "items": {"type": "object", "required": ["code", "detail"]}}, "error": ref("problem")}}
    project = {"project_id": UUID, "user_id": TEXT, "version": COUNT, "name": TEXT}
    saved = {"filter_id": UUID, "user_id": TEXT, "version": COUNT, "name": TEXT, "query": TEXT, "deleted": FLAG}
    counted = {"count": or_null(COUNT), "count_is_lower_bound": {"const": True}, "error": ref("problem")}
    book = {"user_id": TEXT, "version": COUNT, "zone": TEXT, "all_day_time": TEXT, "week_start": TEXT, "language": TEXT,
            "tags_strict": FLAG}
    spans = {"type": "array", "items": {"type": "object", "required": ["from", "to"],
                                        "properties": {"index": COUNT, "from": COUNT, "to": COUNT}}}
    by_query = {"fuzzy": {"const": True}, "plan": {"type": "array", "items": TEXT}}
    found = {"type": "object", "required": ["task", "rank", "highlights"], "properties": {
        "task": ref("task"), "rank": COUNT,
        "highlights": {"type": "object", "properties": dict.fromkeys(["title", "tags", "description", "comments"], spans)}}}
    candidate = {"kind": {"enum": ["field", "value", "comparator", "tag", "project", "word"]}, "text": TEXT, "help": TEXT,
                 "from": COUNT, "to": COUNT}
    ids = {"type": "array", "items": UUID}
    sync = {"full": FLAG, "tasks": {"type": "array", "items": ref("task")}, "deleted_tasks": ids,
            "projects": {"type": "array", "items": ref("project")}, "deleted_projects": ids, "book": or_null(ref("book")),
            "token": TEXT, "has_more": FLAG}
    tag = {"tag": TEXT, "open": COUNT, "total": COUNT}
    note = {"enum": ["gap", "overlap", None]}
    occurrence = {"nominal": TEXT, "due": TEXT, "due_at": INSTANT, "local": TEXT, "note": note}
    fire = {"task_id": UUID, "title": TEXT, "due": or_null(TEXT), "due_at": or_null(INSTANT), "reminder_id": UUID,
            "reminder": or_null({"type": "object"}), "fire_id": UUID, "state": PARAMETERS["state"], "acknowledged": FLAG,
            "scheduled_at": INSTANT, "fired_at": or_null(INSTANT), "late_ms": or_null(COUNT), "missed_count": or_null(COUNT)}
    schedule = {"schedule_id": UUID, "version": COUNT, "name": TEXT, "cron": TEXT, "zone": or_null(TEXT),
                "misfire": {"enum": ["fire_once", "skip", "all"]}, "catchup_window": COUNT, "paused": FLAG,
                "command": or_null({"type": "object"}), "reminder": or_null({"type": "object"}), "created_at": INSTANT,
                "next_at": or_null(INSTANT), "last_slot": or_null(INSTANT), "last_fired_at": or_null(INSTANT),
                "last_outcome": or_null({"enum": ["applied", "no_op", "rejected"]}), "fires": COUNT}
    coming = {"slot": INSTANT, "local": TEXT}
    slot = {"slot": INSTANT, "local": TEXT, "note": note}
    return {
        "problem": {"type": "object", "required": ["type", "title", "status", "code", "detail"], "properties": {
            "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": {**TEXT, "description": "Stable: docs/errors.md."},
            "detail": TEXT, "field": TEXT, "hint": TEXT, "column": COUNT, "request_id": TEXT}},
        "batch": {"type": "object", "required": ["commands"], "additionalProperties": False, "properties": {
            "mode": {"enum": ["independent", "atomic"]},
            "commands": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"required": ["id"], "oneOf": commands}}}},
        "batch_answer": {"type": "object", "required": ["results", "temp_ids", "position"], "properties": {
            "results": {"type": "array", "items": result}, "temp_ids": {"type": "object", "additionalProperties": TEXT},
            "position": or_null(TEXT)}},
        "task": task_schema(),
        "project": {"type": "object", "properties": {**project, "deleted": {"const": True}}, "required": list(project)},
        "filter": {"type": "object", "properties": {**saved, **counted}, "required": list(saved)},
        "filters": list_of(ref("filter")),
        "book": {"type": "object", "properties": book, "required": list(book)},
        "task_page": list_of(ref("task"), by_query, total_count=COUNT, page=or_null(COUNT), total_pages=COUNT, next_cursor=or_null(TEXT)),
        "search_page": list_of(found, {**by_query, "did_you_mean": TEXT}, total_count=COUNT, page=or_null(COUNT), total_pages=COUNT, next_cursor=or_null(TEXT)),
        "candidates": list_of({"type": "object", "properties": candidate, "required": list(candidate)}),
        "entries": list_of({"type": "object"}, next_cursor=or_null(TEXT)),
        "tags": list_of({"type": "object", "properties": tag, "required": list(tag)}),
        "projects": list_of(ref("project")),
        "sync_page": {"type": "object", "properties": {**sync, "position": or_null(TEXT), "lag_ms": COUNT, "stale": {"const": True}},
                      "required": [*sync, "position", "lag_ms"]},
        "ticket": {"type": "object", "properties": {"ticket": TEXT, "expires_in_ms": COUNT}, "required": ["ticket", "expires_in_ms"]},
        "delta": delta_schema(),
        "fires": list_of({"type": "object", "properties": fire, "required": list(fire)}, next_cursor=or_null(TEXT)),
        "schedule": {"type": "object", "properties": schedule, "required": list(schedule)},
        "schedules": list_of(ref("schedule")),
        "coming_slots": list_of({"type": "object", "properties": coming, "required": list(coming)}, paused=FLAG),
        "occurrences": list_of({"type": "object", "properties": occurrence, "required": list(occurrence)}, rule=TEXT, ended=FLAG),
        "slots": list_of({"type": "object", "properties": slot, "required": list(slot)}, zone=TEXT),
    }


def delta_schema() -> dict:
    """What the live feed and the topics beside the log tell of an event: docs/feed.md."""
    members = {"position": TEXT, "event_id": UUID, "event_type": {"enum": names("event")}, "timestamp": INSTANT, "task_id": or_null(UUID),
               "version": COUNT, "command_id": TEXT, "actor": {"type": "object", "properties": {"type": TEXT, "id": TEXT}},
               "source": TEXT, "data": {"type": "object"}}
    return {"type": "object", "properties": members, "required": list(members)}


def body_of(command: str, path: str) -> dict:
    """The args of a command without the id that stands in the path."""
    args = load(f"command/{command}.json")["properties"]["args"]
    named = {"/v1/tasks/{id}": "task_id", "/v1/projects/{id}": "project_id", "/v1/schedules/{id}": "schedule_id",
             "/v1/filters/{id}": "filter_id"}
    for prefix, member in named.items():
        if path.startswith(prefix):
            args = {**args, "properties": {k: v for k, v in args["properties"].items() if k != member},
                    "required": [name for name in args.get("required", []) if name != member]}
            if command == "save_filter":
                args["allOf"] = [{"anyOf": [{"required": ["name"]}, {"required": ["query"]}]}]
    return {key: value for key, value in args.items() if key != "required" or value}


def content(schema: dict, media: str = "application/json") -> dict:
    return {"content": {media: {"schema": schema}}}


def answer(row: dict, command: str) -> dict:
    """Status -> answer of success, and problem+json for everything else."""
    problems = {"default": {"description": "A problem.", **content(ref("problem"), "application/problem+json")}}
    if row["path"] == "/v1/commands":
        return {"200": {"description": "A result for each command.", **content(ref("batch_answer"))}, **problems}
    if command:
        kind = row["path"].split("/")[2].removesuffix("s")
        done = {"200": {"description": f"The {kind} as it is after the command.", **content(ref(kind))}}
        created = {"201": {"description": f"The new {kind}; Location names it.", **content(ref(kind))}}
        return {**(created if command.startswith("create_") or row["path"] == "/v1/filters" else {}), **done, **problems}
    shown = ANSWERS.get(row["path"])
    schema = {"type": "object"} if shown is None else TEXT if "/" in shown else ref(shown)
    if row["path"] == "/v1/ws":
        return {"101": {"description": "The connection is a WebSocket: docs/feed.md."}, **problems}
    status = "201" if row["path"] == "/v1/tickets" else "202" if row["method"] == "post" else "200"
    done = {status: {"description": row["what"].replace("`", "") + ".",
                     **content(schema, shown if shown and "/" in shown else "application/json")}}
    same = {"304": {"description": "Not changed since If-None-Match."}} if row["path"] == "/v1/tasks/{id}" else {}
    waiting = {"503": {"description": "Not ready.", **content({"type": "object"})}} if row["path"] in ("/health/ready", "/healthz") else {}
    return {**done, **same, **waiting, **problems}


def operation(row: dict) -> dict:
    found = re.match(r"`(\w+)`", row["what"])
    command = found[1] if found else ""
    write = command or row["path"] == "/v1/commands"
    path_names = re.findall(r"\{(\w+)\}", row["path"])
    is_read = row["path"].startswith("/v1/") and not write and "/admin/" not in row["path"] \
        and row["path"] not in NOT_A_READ and row["method"] == "get"
    queries = row["parameters"] + (EVERY_READ if is_read else [])
    headers = ["Idempotency-Key", "If-Match"] if command else ["If-None-Match"] if row["path"] == "/v1/tasks/{id}" else []
    twice = "_by_id" if command == "save_filter" and path_names else ""
    made = {"operationId": command + twice if command else re.sub(r"\W+", "_", f"{row['method']}{row['path']}").strip("_"),
            "summary": load(f"command/{command}.json").get("description", command) if command else row["what"].replace("`", ""),
            "tags": [row["role"]],
            "parameters": [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in path_names]
            + [{"name": name, "in": "query", "schema": PARAMETERS.get(name, TEXT)} for name in queries]
            + [{"name": name, "in": "header", "schema": TEXT} for name in headers],
            "responses": answer(row, command)}
    if write and "no body" not in row["what"] and row["method"] != "delete":
        schema = body_of(command, row["path"]) if command else ref("batch")
        made["requestBody"] = {"required": bool(schema.get("required")) or not command, **content(schema)}
    if row["scope"].startswith("open"):
        made["security"] = []
    made["x-scope"] = row["scope"]
    return {key: value for key, value in made.items() if value != [] or key == "security"}


def openapi() -> dict:
    paths: dict = {}
    for row in pages():
        paths.setdefault(row["path"], {})[row["method"]] = operation(row)
    return {"openapi": "3.1.0",
            "info": {"title": "Daybook", "version": "1", "description": "Tasks with their history. What the routes share: docs/rules/api.md."},
            "jsonSchemaDialect": DIALECT, "servers": [{"url": "http://127.0.0.1:8080"}],
            "security": [{"token": []}], "paths": paths,
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": components()}}


def asyncapi() -> dict:
    events = names("event")
    headers = ["content-type", "ce_specversion", "ce_id", "ce_type", "ce_source"]
    beside = [*headers, "ce_time", "ce_subject", "ce_position"]
    delta = {"name": "delta", "contentType": "application/json", "headers": ref("delta_headers"),
             "payload": {"schemaFormat": "application/schema+json;version=draft-07", "schema": delta_schema()}}
    topics = {"task_updates": {"address": "task-updates", "description": "Every delta of every book: docs/feed.md."},
              "reminders": {"address": "reminders", "description": "The deltas of type reminder.fired."}}
    message = {event: {"name": event, "contentType": "application/json", "headers": ref("record_headers"),
                       "payload": {"schemaFormat": "application/schema+json;version=draft-07",
                                   "schema": {"$ref": f"event/{event}.json"}}} for event in events}
    return {"asyncapi": "3.0.0",
            "info": {"title": "Daybook's log", "version": "1", "description":
                     "One record is one event, its key the user_id. Which records count is decided by the rule of validity: "
                     "docs/architecture.md, section 2.1. Claims (log.claimed, null key) are records of the writer."},
            "defaultContentType": "application/json",
            "channels": {"task_events": {"address": "task-events", "messages": {
                event: {"$ref": f"#/components/messages/{event}"} for event in events}},
                **{name: {**topic, "messages": {"delta": {"$ref": "#/components/messages/delta"}}} for name, topic in topics.items()}},
            "operations": {"append": {"action": "send", "channel": {"$ref": "#/channels/task_events"}},
                           **{f"tell_{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in topics}},
            "components": {"messages": {**message, "delta": delta}, "schemas": {
                "record_headers": {"type": "object", "properties": {name: TEXT for name in headers}},
                "delta_headers": {"type": "object", "properties": {name: TEXT for name in beside}}}}}


PLAIN = re.compile(r"[A-Za-z_/$][\w/$.{}-]*(?: [\w-]+)*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"}


def scalar(value) -> str:
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) and value.lower() not in WORDS and "{" not in value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def yaml(value, indent: int = 0) -> str:
    """Block style; empty collections and short lists of scalars in flow style."""
    pad = " " * indent
    if isinstance(value, dict):
        lines = []
        for key, child in value.items():
            nested = isinstance(child, (dict, list)) and child
            if nested and not short(child):
                lines.append(f"{pad}{scalar(key)}:\n{yaml(child, indent + 2)}")
            else:
                lines.append(f"{pad}{scalar(key)}: {flow(child)}\n")
        return "".join(lines)
    return "".join(f"{pad}- {flow(child)}\n" if not isinstance(child, dict) or not child else
                   f"{pad}- {yaml(child, indent + 2).lstrip()}" for child in value)


def short(value) -> bool:
    return isinstance(value, list) and all(not isinstance(child, (dict, list)) for child in value)


def flow(value) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(scalar(child) for child in value) + "]"
    return "{}" if value == {} else scalar(value)


def rendered() -> dict[str, str]:
    head = "# Made by `scripts/x interface`; change docs/http.md or the schemas of commands and events instead.\n"
    return {FILES[0]: head + yaml(openapi()), FILES[1]: head + yaml(asyncapi())}


def add_arguments(parser) -> None:
    parser.add_argument("--check", action="store_true", help="compare only")


def main(args) -> int:
    differs = False
    for name, text in rendered().items():
        file = ROOT / name
        if args.check:
            if not file.exists() or file.read_text() != text:
                print(f"{name} is out of date: run scripts/x interface", file=sys.stderr)
                differs = True
        else:
            file.write_text(text)
    return 1 if differs else 0

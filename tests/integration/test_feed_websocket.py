"""The live feed over WebSocket: the same deltas as over SSE, and the protocol's hard cases over raw frames (RFC 6455)."""
import asyncio
import hashlib
import json

import pytest
import websockets

from tests.integration.test_feed import create, offset, write_much
from tests.support import Daybook, wait_until
from tests.support.sse import Sse
from tests.support.websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, frame

TASKS = {"subscribe": ["tasks"]}
SUBSCRIBE = json.dumps(TASKS).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Daybook(tmp_path_factory.mktemp("websocket") / "data") as daybook:
        yield daybook


def subscribed(server, user="me", **message) -> WebSocket:
    socket = WebSocket(server.port, daybook_user=user)
    assert socket.status == 101, socket.head
    return socket.say({**TASKS, **message})


def test_deltas_are_those_of_sse_and_resume_by_position(server):
    client = server.http("same")
    with subscribed(server, "same") as live, Sse(server.port, daybook_user="same") as sse:
        assert live.next()["ready"] is True
        sse.until("ready")
        for number in range(5):
            create(client, str(number))
        told = [live.next() for _ in range(5)]
        assert told == [event.data for event in sse.take(5)]
    with subscribed(server, "same", since=told[1]["position"]) as again:
        seen = again.until_ready()
        assert seen[:-1] == told[2:]
        assert seen[-1] == {"ready": True, "position": told[-1]["position"]}
    with subscribed(server, "same", since="beginning") as whole:
        assert whole.until_ready()[:-1] == told


def test_another_book_is_told_nothing(server):
    with subscribed(server, "other") as other:
        other.until_ready()
        create(server.http("someone"), "a secret")
        create(server.http("other"), "own")
        assert other.next()["data"]["title"] == "own"


def test_a_query_says_which_changes_match_it_now(server):
    client = server.http("query")
    with subscribed(server, "query", query="#work is:open") as socket:
        socket.until_ready()
        work = create(client, "report", tags=["work"]).json["task_id"]
        home = create(client, "dishes", tags=["home"]).json["task_id"]
        first, second = socket.next(), socket.next()
        assert first["matches"] is True and first["task_id"] == work and first["data"]["title"] == "report"
        assert second["task_id"] == home and second["matches"] is False and "data" not in second
        client.post(f"/v1/tasks/{work}/complete", {})
        gone = socket.next()
        assert gone["event_type"] == "task.completed" and gone["matches"] is False
        assert set(gone) == {"position", "event_type", "task_id", "version", "matches"}
        client.post(f"/v1/tasks/{home}/tags", {"add": ["work"], "remove": []})
        came = [socket.next()]
        assert came[-1]["task_id"] == home and came[-1]["matches"] is True


@pytest.mark.parametrize("message, code, field", [
    ({}, "field.required", "subscribe"),
    ({"subscribe": []}, "field.invalid", "subscribe"),
    ({"subscribe": ["weather"]}, "field.invalid", "subscribe"),
    ({"subscribe": "tasks"}, "field.invalid", "subscribe"),
    ({"subscribe": [1]}, "field.invalid", "subscribe"),
    ({**TASKS, "since": "yesterday"}, "field.invalid", "since"),
    ({**TASKS, "since": 7}, "field.invalid", "since"),
    ({**TASKS, "query": "colour:red"}, "query.unknown_field", "q"),
    ({**TASKS, "colour": "red"}, "field.unknown", "colour"),
    (["tasks"], "field.invalid", None),
])
def test_a_subscription_that_cannot_be_meant_is_refused_with_its_reason(server, message, code, field):
    with WebSocket(server.port).say(message) as socket:
        refused = socket.next()["error"]
        assert (refused["code"], refused.get("field")) == (code, field)
        assert socket.closing() == (1008, code)


def test_text_that_is_no_json_is_refused(server):
    for text in (b"", b"{", b'{"subscribe":["tasks"],"subscribe":["tasks"]}', b"[" * 100):
        with WebSocket(server.port).send(frame(TEXT, text)) as socket:
            assert socket.next()["error"]["code"] == "json.malformed"
            assert socket.closing() == (1008, "json.malformed")


def test_a_second_message_is_one_too_many(server):
    with subscribed(server) as socket:
        socket.until_ready()
        assert socket.say(TASKS).closing() == (1008, "one subscription a connection")


def test_a_message_in_fragments_with_a_ping_between_is_one_message(server):
    with WebSocket(server.port) as socket:
        socket.send(*[frame(TEXT if i == 0 else CONTINUATION, SUBSCRIBE[i:i + 1], fin=False, mask=bytes([i, 7, 255, 0]))
                      for i in range(len(SUBSCRIBE))], frame(PING, b"are you there"), frame(CONTINUATION, b""))
        assert socket.frame() == (PONG, b"are you there")
        assert socket.next()["ready"] is True


def test_frames_arrive_byte_by_byte(server):
    with WebSocket(server.port) as socket:
        for byte in frame(TEXT, SUBSCRIBE):
            socket.send(bytes([byte]))
        assert socket.next()["ready"] is True


def test_a_ping_is_answered_with_its_bytes(server):
    with subscribed(server) as socket:
        socket.until_ready()
        for payload in (b"", b"x" * 125, bytes(range(125))):
            assert socket.send(frame(PING, payload)).frame() == (PONG, payload)
        assert socket.send(frame(PONG, b"nobody asked"), frame(PING, b"1")).frame() == (PONG, b"1")


def test_a_client_that_closes_is_answered(server):
    for payload, answered in ((b"", b"\x03\xe8"), (b"\x03\xe8", b"\x03\xe8"), (b"\x03\xe8bye", b"\x03\xe8"), (b"\x0f\xa0", b"\x0f\xa0")):
        with subscribed(server) as socket:
            socket.until_ready()
            opcode, payload = socket.send(frame(CLOSE, payload)).frame()
            assert opcode == CLOSE and payload[:2] == answered


EURO = "€".encode()
BROKEN = {
    "not masked": ([frame(TEXT, SUBSCRIBE, mask=None)], 1002),
    "an unmasked ping": ([frame(PING, b"x", mask=None)], 1002),
    "a reserved bit": ([frame(TEXT, SUBSCRIBE, reserved=4)], 1002),
    "an unknown opcode": ([frame(3, SUBSCRIBE)], 1002),
    "an unknown control opcode": ([frame(11)], 1002),
    "a continuation of nothing": ([frame(CONTINUATION, SUBSCRIBE)], 1002),
    "a message inside a message": ([frame(TEXT, b"{", fin=False), frame(TEXT, b"}")], 1002),
    "a ping in fragments": ([frame(PING, b"x", fin=False)], 1002),
    "a ping of 126 bytes": ([frame(PING, b"x" * 126)], 1002),
    "a close of one byte": ([frame(CLOSE, b"\x03")], 1002),
    "a close code nobody may send": ([frame(CLOSE, b"\x03\xed")], 1002),
    "a close code of 999": ([frame(CLOSE, b"\x03\xe7")], 1002),
    "a close reason that is no UTF-8": ([frame(CLOSE, b"\x03\xe8\xff")], 1002),
    "text that is no UTF-8": ([frame(TEXT, b'{"subscribe":["\xff"]}')], 1007),
    "an overlong form": ([frame(TEXT, b"\xc0\xaf")], 1007),
    "half a surrogate": ([frame(TEXT, b"\xed\xa0\x80")], 1007),
    "a character cut off": ([frame(TEXT, EURO[:2])], 1007),
    "no UTF-8 across fragments": ([frame(TEXT, EURO[:1], fin=False), frame(CONTINUATION, b"(")], 1007),
    "a binary message": ([frame(BINARY, SUBSCRIBE)], 1003),
    "too large a message": ([frame(TEXT, b"x" * (16 * 1024 + 1))], 1009),
    "too large in fragments": ([frame(TEXT, b"x" * 9000, fin=False), frame(CONTINUATION, b"x" * 9000)], 1009),
    "a length of 2^62": ([frame(TEXT, b"x", length=1 << 62)], 1009),
    "a length of 2^63": ([frame(TEXT, b"x", length=1 << 63)], 1009),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_protocol_is_closed_with_its_code(server, name):
    frames, code = BROKEN[name]
    with WebSocket(server.port).send(*frames) as socket:
        try:
            assert socket.closing()[0] == code
        except EOFError:
            pytest.fail("closed without a word")


def test_a_character_across_fragments_is_whole(server):
    text = json.dumps({**TASKS, "query": "€"}, ensure_ascii=False).encode()
    cut = text.index(EURO) + 1
    with WebSocket(server.port) as socket:
        socket.send(frame(TEXT, text[:cut], fin=False), frame(CONTINUATION, text[cut:]))
        answer = socket.next()
        assert "ready" in answer or answer["error"]["code"] == "query.bad_value", answer


HANDSHAKES = [
    ({"Upgrade": None}, 426, "upgrade.required"),
    ({"Upgrade": "h2c"}, 426, "upgrade.required"),
    ({"Connection": "keep-alive"}, 426, "upgrade.required"),
    ({"Sec_WebSocket_Version": "8"}, 426, "upgrade.required"),
    ({"Sec_WebSocket_Version": None}, 426, "upgrade.required"),
    ({"Sec_WebSocket_Key": None}, 400, "request.malformed"),
    ({"Sec_WebSocket_Key": "short"}, 400, "request.malformed"),
    ({"Origin": "http://evil.example"}, 403, "origin.refused"),
    ({"Origin": "null"}, 403, "origin.refused"),
    ({"Host": "evil.example"}, 421, "host.refused"),
]


@pytest.mark.parametrize("headers, status, code", HANDSHAKES)
def test_a_handshake_that_is_none_is_refused(server, headers, status, code):
    with WebSocket(server.port, **headers) as socket:
        assert (socket.status, socket.refused["code"]) == (status, code)
        if status == 426:
            assert socket.header("sec-websocket-version") == "13" and socket.header("upgrade") == "websocket"


def test_a_page_of_the_same_origin_may_come_and_header_lists_are_read(server):
    with WebSocket(server.port, Origin="http://localhost", Connection="keep-alive, Upgrade") as socket:
        assert socket.status == 101
        assert socket.say(TASKS).next()["ready"] is True


def test_an_extension_that_is_offered_is_not_taken(server):
    with WebSocket(server.port, Sec_WebSocket_Extensions="permessage-deflate") as socket:
        assert socket.status == 101 and socket.header("sec-websocket-extensions") is None


def test_bytes_before_the_answer_are_refused(server):
    with WebSocket(server.port, extra=frame(TEXT, SUBSCRIBE)) as socket:
        assert (socket.status, socket.refused["code"]) == (400, "request.malformed")


def test_a_parameter_is_refused(server):
    with WebSocket(server.port, "/v1/ws?since=beginning") as socket:
        assert (socket.status, socket.refused["code"]) == (422, "field.unknown")


def test_a_slow_client_is_closed_with_a_reason_and_can_resume(server):
    client = server.http("slow")
    slow = WebSocket(server.port, daybook_user="slow", receive_bytes=4096, deadline=60).say(TASKS)
    with slow:
        slow.until_ready()
        sent = 0

        def write_more():
            nonlocal sent
            sent += write_much(client, sent)
            slow.raw += slow.socket.recv(4096)  # slow, not deaf
            slow.send(frame(PONG))
            return sent >= 1500

        wait_until(write_more, 120, "more than a queue holds is written")
        heard = []
        while True:
            opcode, payload = slow.frame()
            if opcode == PING:
                slow.send(frame(PONG, payload))
            elif opcode == CLOSE:
                break
            else:
                heard.append(json.loads(payload))
    assert (int.from_bytes(payload[:2], "big"), payload[2:]) == (1013, b"slow")
    assert [each["data"]["title"] for each in heard] == [str(number) for number in range(len(heard))]
    assert 0 < len(heard) < sent
    again = WebSocket(server.port, daybook_user="slow", deadline=60).say({**TASKS, "since": heard[-1]["position"]})
    with again:
        assert [each["data"]["title"] for each in again.until_ready()[:-1]] == [str(number) for number in range(len(heard), sent)]


def test_a_server_that_stops_says_so_and_does_not_wait_for_the_deaf(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        polite, deaf = (WebSocket(daybook.port).say(TASKS) for _ in range(2))
        with polite, deaf:
            polite.until_ready()
            deaf.until_ready()
            ended = asyncio.run(stop_while_reading(daybook, polite))
            assert ended == (0, (1001, "the server stops"))


async def stop_while_reading(daybook, socket):
    closing = asyncio.to_thread(socket.closing)
    stopping = asyncio.to_thread(daybook.stop)
    reason, status = await asyncio.gather(closing, stopping)
    return status, reason


def test_a_real_client_follows_and_resumes(server):
    client = server.http("real")

    async def follow():
        url = f"ws://127.0.0.1:{server.port}/v1/ws"
        async with websockets.connect(url, extra_headers={"Daybook-User": "real"}) as socket:
            await socket.send(SUBSCRIBE.decode())
            assert json.loads(await socket.recv())["ready"] is True
            await asyncio.to_thread(create, client, "one")
            first = json.loads(await socket.recv())
            await asyncio.wait_for(await socket.ping(), 10)
        await asyncio.to_thread(create, client, "two")
        async with websockets.connect(url, extra_headers={"Daybook-User": "real"}, compression=None) as socket:
            await socket.send(json.dumps({**TASKS, "since": first["position"]}))
            second = json.loads(await socket.recv())
        return first, second

    first, second = asyncio.run(follow())
    assert [each["data"]["title"] for each in (first, second)] == ["one", "two"]
    assert offset(second["position"]) > offset(first["position"])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server where tokens count."""
    folder = tmp_path_factory.mktemp("tickets")
    rows = {"ana": ["read", "write"], "eva": ["write"]}
    (folder / "tokens").write_text("".join(
        json.dumps({"sha256": hashlib.sha256(f"{user}-token".encode()).hexdigest(), "user": user, "scopes": scopes}) + "\n"
        for user, scopes in rows.items()))
    with Daybook(folder / "data", "--auth", f"tokens:{folder / 'tokens'}") as daybook:
        yield daybook


def ticket(guarded) -> str:
    answer = guarded.http(authorization="Bearer ana-token").post("/v1/tickets")
    assert answer.status == 201 and answer.headers["cache-control"] == "no-store"
    assert answer.json["expires_in_ms"] == 30_000
    return answer.json["ticket"]


def test_without_a_token_nobody_listens(guarded):
    for opened in (WebSocket(guarded.port), Sse(guarded.port), WebSocket(guarded.port, authorization="Bearer wrong")):
        with opened:
            assert (opened.status, opened.refused["code"]) == (401, "auth.required")
    with WebSocket(guarded.port, authorization="Bearer eva-token") as opened:
        assert (opened.status, opened.refused["code"]) == (403, "auth.forbidden")
    assert guarded.http(authorization="Bearer eva-token").post("/v1/tickets").status == 403
    assert guarded.http().post("/v1/tickets").status == 401


def test_a_ticket_opens_one_connection_in_the_book_of_its_owner(guarded):
    client = guarded.http(authorization="Bearer ana-token")
    one, other = ticket(guarded), ticket(guarded)
    with WebSocket(guarded.port, f"/v1/ws?ticket={one}", Origin="http://localhost") as socket, \
            Sse(guarded.port, f"/v1/events?ticket={other}&topics=tasks") as sse:
        assert socket.say(TASKS).next()["ready"] is True
        sse.until("ready")
        create(client, "ours")
        assert socket.next()["data"]["title"] == sse.next().data["data"]["title"] == "ours"
    for used in (one, other, "nonsense", ""):
        with WebSocket(guarded.port, f"/v1/ws?ticket={used}") as refused:
            assert (refused.status, refused.refused["code"]) == (401, "auth.required")


def test_a_ticket_is_good_for_the_feed_only_and_not_from_another_origin(guarded):
    one = ticket(guarded)
    assert guarded.http().get(f"/v1/tasks?ticket={one}").status == 401
    with WebSocket(guarded.port, f"/v1/ws?ticket={one}", Origin="http://evil.example") as refused:
        assert refused.status == 403
    with WebSocket(guarded.port, f"/v1/ws?ticket={one}") as socket:
        assert socket.status == 101

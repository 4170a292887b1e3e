"""B2: the same command id is one effect, whoever sends it, how often, and across restarts."""
from concurrent.futures import ThreadPoolExecutor


def batch(number):
    return [{"id": f"{number}-{i}", "type": "create_task", "args": {"title": f"task {i}"}} for i in range(20)]


def test_the_same_batch_sent_fifty_times_in_parallel_has_one_effect(daybook_embedded):
    def send(_):
        client = daybook_embedded.http(user="ana")
        try:
            return client.commands(batch(1)).json
        finally:
            client.close()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    for i in range(20):
        statuses = [answer["results"][i]["status"] for answer in answers]
        assert sorted(statuses) == ["applied"] + ["replayed"] * 49
        assert len({answer["results"][i]["task_id"] for answer in answers}) == 1
        assert len({answer["results"][i]["position"] for answer in answers}) == 1
    view = daybook_embedded.http(user="ana")
    assert view.get(f"/v1/tasks?min_position={answers[0]['position']}").json["total_count"] == 20


def test_a_replay_after_a_crash_gives_the_first_outcome(daybook_embedded):
    first = daybook_embedded.http(user="ana").commands(batch(2)).json
    daybook_embedded.kill()
    daybook_embedded.start()
    again = daybook_embedded.http(user="ana").commands(batch(2)).json
    assert [result["status"] for result in again["results"]] == ["replayed"] * 20
    for one, other in zip(first["results"], again["results"]):
        assert {**one, "status": ""} == {**other, "status": ""}


def test_the_same_id_with_another_payload_is_refused(daybook_embedded):
    client = daybook_embedded.http(user="ana")
    client.commands([{"id": "one", "type": "create_task", "args": {"title": "a"}}])
    answer = client.commands([{"id": "one", "type": "create_task", "args": {"title": "b"}}]).json
    assert answer["results"][0]["status"] == "rejected"
    assert answer["results"][0]["error"]["code"] == "command.id_reused"


def test_ids_are_per_book(daybook_embedded):
    for user in ("ana", "bob"):
        answer = daybook_embedded.http(user=user).commands([{"id": "one", "type": "create_task", "args": {"title": user}}]).json
        assert answer["results"][0]["status"] == "applied"

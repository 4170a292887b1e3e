"""Starting, stopping and refusing to start."""
import json
import shutil
import subprocess

import pytest

from tests.support import Daybook, free_port, wait_until
from tests.support.daybook import binary, run as tool


def test_sigterm_finishes_and_exits_0_and_nothing_is_lost(tmp_path):
    daybook = Daybook(tmp_path / "data").start()
    position = daybook.http().post("/v1/tasks", {"title": "kept"}).position
    assert daybook.stop() == 0
    daybook.start()
    listed = daybook.http().get(f"/v1/tasks?min_position={position}").json
    assert [item["title"] for item in listed["items"]] == ["kept"]
    assert daybook.stop() == 0


def test_a_second_process_on_the_same_folder_is_refused_by_name(daybook_embedded):
    done = subprocess.run([binary(), "serve", "--data", daybook_embedded.data, "--listen", f"127.0.0.1:{free_port()}"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert str(daybook_embedded.data) in done.stderr
    assert daybook_embedded.http().get("/health/live").status == 200


def test_deleting_decisions_and_views_loses_nothing(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        client = daybook.http()
        for number in range(30):
            client.commands([{"id": f"c{number}", "type": "create_task", "args": {"title": f"t{number}"}}])
        before = client.get("/v1/tasks?sort_by=title&limit=200").json["items"]
        daybook.stop()
        shutil.rmtree(daybook.data / "decisions")
        shutil.rmtree(daybook.data / "views")
        daybook.start()
        client = daybook.http()
        answer = client.commands([{"id": "c7", "type": "create_task", "args": {"title": "t7"}}]).json
        assert answer["results"][0]["status"] == "replayed"
        after = wait_until(lambda: (items := client.get("/v1/tasks?sort_by=title&limit=200").json["items"]) and len(items) == 30 and items)
        assert len(before) == 30 and after == before
        assert tool("verify", "--url", daybook.url).returncode == 0


def test_views_of_another_log_are_refused(tmp_path):
    with Daybook(tmp_path / "one") as one, Daybook(tmp_path / "two") as two:
        for daybook in (one, two):
            for number in range(20):
                daybook.http(user=f"u{number}").post("/v1/tasks", {"title": "x"})
    shutil.rmtree(two.data / "views")
    shutil.copytree(one.data / "views", two.data / "views")
    two.start(ready=False)
    views = wait_until(lambda: [view for view in two.http().get("/v1/admin/views").json["views"]
                                if any(part["state"] == "stopped" for part in view["partitions"])], 20)
    assert "log" in json.dumps(views)
    assert two.http().get("/health/ready").status == 503
    assert two.http().post("/v1/tasks", {"title": "commands go on"}).status == 201
    two.stop()


@pytest.mark.parametrize("arguments", [["serve", "--no-such-flag"], ["nonsense"], ["import"], [], ["log", "--partition", "x"]])
def test_a_wrong_command_line_is_usage_and_exit_2(arguments):
    done = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr or done.stdout


def test_nobody_there_is_exit_3():
    done = tool("verify", "--url", f"http://127.0.0.1:{free_port()}", check=False)
    assert done.returncode == 3
    assert "unreachable" in done.stderr


def test_auth_none_is_refused_off_loopback(tmp_path):
    done = subprocess.run([binary(), "serve", "--data", tmp_path, "--listen", f"0.0.0.0:{free_port()}"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode in (1, 2)
    assert "loopback" in done.stderr


def test_config_check_shows_the_settings_and_hides_secrets(tmp_path):
    (tmp_path / "daybook.toml").write_text('postgres = "postgresql://ana:hush@localhost/db"\nlisten = "127.0.0.1:9999"\n')
    done = tool("config", "check", "--config", tmp_path / "daybook.toml")
    assert "hush" not in done.stdout and "ana" in done.stdout and "127.0.0.1:9999" in done.stdout
    (tmp_path / "daybook.toml").write_text('colour = "red"\n')
    done = tool("config", "check", "--config", tmp_path / "daybook.toml", check=False)
    assert done.returncode == 2 and "colour" in done.stderr


def test_metrics_name_every_part_and_no_user(daybook_embedded):
    client = daybook_embedded.http(user="a-user-of-the-metrics")
    position = client.post("/v1/tasks", {"title": "x"}).position
    assert client.get(f"/v1/tasks?min_position={position}").status == 200
    text = client.get("/metrics").body.decode()
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert figures['daybook_view_lag_events{view="rocks"}'] == "0"
    assert float(figures['daybook_view_lag_seconds{view="rocks"}']) < 30
    assert float(figures['daybook_view_applied_events{view="rocks"}']) >= 1
    assert figures['daybook_view_live{view="rocks"}'] == "1"
    for name in ("daybook_append_seconds_count", "daybook_append_group_records_count", "daybook_in_flight_records",
                 "daybook_sequencer_queue_batches", "daybook_void_records_total"):
        assert any(figure.startswith(name) for figure in figures), name
    assert any(figure.startswith("http_request_duration_seconds_count") and "/v1/tasks" in figure for figure in figures)
    assert "a-user-of-the-metrics" not in text

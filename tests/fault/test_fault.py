"""The short form of scripts/x fault: every scenario, few rounds."""
import random

import pytest

from tests.fault import fault

SEED = random.SystemRandom().randrange(1 << 31)


@pytest.mark.parametrize("name, rounds", [("embedded", 12), ("kafka", 12), ("takeover", 4), ("projector", 2), ("reactors", 8)])
def test_no_promise_is_broken(name, rounds, tmp_path):
    print(f"replay: scripts/x fault --only {name} --seed {SEED}")
    report = fault.SCENARIOS[name](rounds, SEED, tmp_path, clients=4)
    assert not report.wrong

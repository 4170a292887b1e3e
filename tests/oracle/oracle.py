"""Random cases of the date arithmetic, answered by `daybook calc` and by Python's libraries; any difference is shown.

usage: python -m tests.oracle.oracle BINARY --cases N --seed S [--kinds recurrence,cron,reminder]
"""
import argparse
import json
import os
import subprocess
import sys
import time
from importlib import import_module
from multiprocessing import Pool

KINDS = ["recurrence", "cron", "reminder"]
CHUNK = 250
SHOWN = 20


def chunk(task: tuple) -> tuple[int, list[str]]:
    """(comparisons, differences) of some cases of one kind, answered by one process of the program."""
    binary, kind, first, last, seed = task
    module = import_module(f"tests.oracle.{kind}")
    asked = [(number, said, check) for number in range(first, last) for said, check in module.lines(number, seed)]
    text = "".join(json.dumps({"id": i, "in": said}) + "\n" for i, (_, said, _) in enumerate(asked))
    done = subprocess.run([binary, "calc", kind], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        return len(asked), [f"{kind} {first}-{last}: the program ended with {done.returncode}: {done.stderr[:500]}"]
    answers = {answer["id"]: answer["out"] for answer in map(json.loads, done.stdout.splitlines())}
    found = []
    for i, (number, said, check) in enumerate(asked):
        complaint = check(answers[i]) if i in answers else "no answer"
        if complaint:
            found.append(f"{kind} case {number} of seed {seed}: {json.dumps(said)}\n  got {json.dumps(answers.get(i))}\n"
                         f"  {complaint}")
    return len(asked), found


def run(binary: str, kinds: list[str], cases: int, seed: int, processes: int) -> int:
    failed = False
    for kind in kinds:
        began, comparisons, differences = time.monotonic(), 0, []
        tasks = [(binary, kind, first, min(first + CHUNK, cases), seed) for first in range(0, cases, CHUNK)]
        with Pool(processes) as pool:
            for done, (count, found) in enumerate(pool.imap_unordered(chunk, tasks), 1):
                comparisons += count
                differences += found
                if done % 40 == 0:
                    print(f"{kind}: {min(done * CHUNK, cases)} of {cases} cases, {len(differences)} differences", file=sys.stderr,
                          flush=True)
        print("\n".join(differences[:SHOWN]), end="\n" if differences else "")
        print(f"{kind}: seed {seed}, {cases} cases, {comparisons} comparisons, {len(differences)} differences, "
              f"{time.monotonic() - began:.0f} s", flush=True)
        failed = failed or bool(differences) or comparisons == 0
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    args = parser.parse_args()
    return run(args.binary, args.kinds.split(","), args.cases, args.seed, args.processes)


if __name__ == "__main__":
    sys.exit(main())

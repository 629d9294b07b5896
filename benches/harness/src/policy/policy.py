# SPDX-License-Identifier: GPL-3.0-only
"""The same rules for the same people with the Python package for JSON logic; started once, asked round by round.

policy.py FILE prints the package's version and how many rules apply to somebody, all together, and then, for each line
on its input, which tells seconds, how many decisions it makes in a second.
"""

import contextlib
import importlib.metadata
import json
import sys
import time

from json_logic import jsonLogic

with open(sys.argv[1], encoding="utf-8") as file:
    work = json.load(file)
rules, people = work["rules"], work["people"]
applies = sum(jsonLogic(rule, person) is True for person in people for rule in rules)
print(importlib.metadata.version("json-logic-qubit"), applies, flush=True)


def pairs():
    while True:
        for person in people:
            for rule in rules:
                yield rule, person


with contextlib.suppress(BrokenPipeError):
    for line in sys.stdin:
        count, begun = 0, time.perf_counter()
        for rule, person in pairs():
            jsonLogic(rule, person)
            count += 1
            if count % 64 == 0 and time.perf_counter() - begun >= float(line):
                break
        print(count / (time.perf_counter() - begun), flush=True)

#!/usr/bin/env python3
"""Holds the JSON report of `lightning demo --json` against what the demonstration promises."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as lines:
    report = [json.loads(line) for line in lines if line.strip()][-1]

rows = report["rows"]
completed = [row for row in rows if row["status"] == "completed"]
disagree = [row["task_id"] for row in rows if row["status"] != row["status_at_execution"]]
unrewarded = [row["task_id"] for row in completed if row["reward"] is None]
blamed = [row["task_id"] for row in rows if row["code"] == "MODEL_CANNOT" and row["reward"] is not None]
changed = report["verdicts"]["first_choice"] != report["verdicts"]["next_choice"]

print(f"{len(completed)} of {len(rows)} tasks completed offline; the choice changed: {changed}")
assert len(rows) >= 40, "fewer than 40 tasks"
assert len(completed) >= 30, "fewer than 30 completed"
assert not disagree, f"the ports disagree on {disagree}"
assert not unrewarded, f"completed without a reward: {unrewarded}"
assert not blamed, f"rewarded although no model was there: {blamed}"
assert changed, "feedback did not change the next choice"

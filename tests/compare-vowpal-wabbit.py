#!/usr/bin/env python3
"""Plays the passes of `lightning replay` with Vowpal Wabbit, on the same rows in the same order.

    tests/compare-vowpal-wabbit.py FILE… [--seeds 10] [--policy squarecb epsilon …]

Prints one JSON object a line, with the members that `lightning replay --json` prints where they mean the same. Needs the
package `vowpalwabbit` of PyPI (has wheels for CPython 3.8 to 3.11) and, for the order, cargo:

    python3 -m venv /tmp/vw && /tmp/vw/bin/pip install vowpalwabbit
    /tmp/vw/bin/python tests/compare-vowpal-wabbit.py outcomes.jsonl

As in a replay the policy sees text and agents, chooses one, and is shown that agent's reward alone. A text is given as its lower-case
words (400 at most, unit weight) and an agent as its name; each agent has weights of its own for each word (`-q ta`).
"""
import argparse
import gzip
import json
import math
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from vowpalwabbit import Workspace

ROOT = Path(__file__).resolve().parent.parent
BASE = "--cb_explore_adf --quiet -q ta -b 20 --cb_type mtr --power_t 0 --random_seed {seed} "
# What differs between settings. The learning rate is Vowpal Wabbit's own unless named.
POLICIES = {
    "squarecb": "--squarecb --gamma_scale 100 --gamma_exponent 0.5",
    "squarecb_slow": "--squarecb --gamma_scale 100 --gamma_exponent 0.5 -l 0.1",
    "epsilon": "--epsilon 0.1",
    "epsilon_slow": "--epsilon 0.1 -l 0.1",
    "regcb": "--regcb --mellowness 0.01",
    "cover": "--cover 3",
}
WORDS = re.compile(r"\w+")


def read(path):
    raw = Path(path).read_bytes()
    text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    rows = []
    for line in text.decode("utf-8-sig").split("\n"):
        if line.strip():
            task = json.loads(line)
            rewards = {a: float(r) for a, r in task["rewards"].items() if r is not None}
            if rewards:
                rows.append((words(task.get("text") or ""), rewards))
    return rows, sorted({agent for _, rewards in rows for agent in rewards})


def words(text):
    """Escaped by leaving out: only letters, digits and underscores go in."""
    found = dict.fromkeys(WORDS.findall(text.lower())[:400])
    return " ".join(found) or "nothing"


def order(rows, seed):
    command = ["cargo", "run", "-q", "-p", "q-learning", "--example", "order", "--", str(rows), str(seed)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [int(row) for row in printed.split()]


def example(text, agents, names, chosen=None):
    lines = [f"shared |t {text}"]
    for at, agent in enumerate(agents):
        label = f"0:{chosen[1]:.6f}:{chosen[2]:.6f} " if chosen and chosen[0] == at else ""
        lines.append(f"{label}|a {names[agent]}")
    return lines


def draw(probabilities, rng):
    point, sum_ = rng.random() * sum(probabilities), 0.0
    for at, probability in enumerate(probabilities):
        sum_ += probability
        if point < sum_:
            return at
    return len(probabilities) - 1


def play(rows, names, policy, seed, turns):
    vw, rng = Workspace(BASE.format(seed=seed) + POLICIES[policy]), random.Random(seed)
    gained, nanos = 0.0, []
    for row in turns:
        text, rewards = rows[row]
        agents = sorted(rewards)
        asked = example(text, agents, names)
        begin = time.perf_counter_ns()
        probabilities = vw.predict(asked)
        at = draw(probabilities, rng)
        nanos.append(time.perf_counter_ns() - begin)
        reward = rewards[agents[at]]
        gained += reward
        # Vowpal Wabbit minimises costs.
        vw.learn(example(text, agents, names, (at, 1.0 - reward, max(probabilities[at], 1e-6))))
    vw.finish()
    return gained / len(turns), nanos


def interval(values):
    count, mean = len(values), sum(values) / len(values)
    if count < 2:
        return mean, 0.0
    student = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306}
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (count - 1) / count)
    return mean, student.get(count, 1.96 + 2.7 / (count - 1)) * spread


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", metavar="FILE")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--policy", nargs="+", choices=sorted(POLICIES), default=["squarecb", "epsilon"])
    args = parser.parse_args()
    if args.seeds < 1:
        parser.error("--seeds must be at least 1")
    for path in args.data:
        rows, agents = read(path)
        names = {agent: f"a{at}" for at, agent in enumerate(agents)}
        even = sum(sum(r.values()) / len(r) for _, r in rows) / len(rows)
        fixed = max(sum(r.get(a, sum(r.values()) / len(r)) for _, r in rows) / len(rows) for a in agents)
        oracle = sum(max(r.values()) for _, r in rows) / len(rows)
        turns = {seed: order(len(rows), seed) for seed in range(1, args.seeds + 1)}
        for policy in args.policy:
            means, nanos = [], []
            for seed, pass_ in turns.items():
                mean, times = play(rows, names, policy, seed, pass_)
                means.append(mean)
                nanos += times
            nanos.sort()
            f_bf, ci95 = interval([(m - even) / (fixed - even) for m in means])
            mean = sum(means) / len(means)
            print(json.dumps({
                "data": Path(path).name, "policy": f"vw_{policy}", "variant": "stationary", "seeds": args.seeds,
                "mean": round(mean, 5), "random": round(even, 5), "best_fixed": round(fixed, 5),
                "oracle": round(oracle, 5), "f_bf": round(f_bf, 4), "f_bf_ci95": round(ci95, 4),
                "f_or": round((mean - even) / (oracle - even), 4),
                "decision_us_p50": round(nanos[len(nanos) // 2] / 1e3, 3),
                "decision_us_p99": round(nanos[int(len(nanos) * 0.99)] / 1e3, 3),
                "rows": len(rows), "agents": len(agents),
            }), flush=True)


if __name__ == "__main__":
    sys.exit(main())

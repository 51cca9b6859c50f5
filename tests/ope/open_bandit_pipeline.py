#!/usr/bin/env python3
"""Writes crates/q-learning/tests/data/open_bandit_pipeline.json: a synthetic log and what Open Bandit Pipeline makes of it.

    python3 -m venv /tmp/obp
    /tmp/obp/bin/pip install --no-deps obp
    /tmp/obp/bin/pip install numpy scipy scikit-learn pandas pyyaml tqdm matplotlib seaborn mypy_extensions
    /tmp/obp/bin/python tests/ope/open_bandit_pipeline.py

The estimators that are compared need no torch, which the package imports for others; a stand-in takes its place.
"""
import importlib.metadata
import json
import pathlib
import sys
import types

torch = types.ModuleType("torch")
torch.Tensor = type("Tensor", (), {})
torch.nn = types.ModuleType("torch.nn")
torch.nn.Module = type("Module", (), {})
torch.optim = types.ModuleType("torch.optim")
torch.utils = types.ModuleType("torch.utils")
torch.utils.data = types.ModuleType("torch.utils.data")
torch.nn.functional = types.ModuleType("torch.nn.functional")
torch.utils.data.DataLoader = torch.utils.data.Dataset = type("Stand", (), {})
for name in ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"]:
    module = torch
    for part in name.split(".")[1:]:
        module = getattr(module, part)
    sys.modules[name] = module
package = types.ModuleType("obp")
package.__path__ = [str(pathlib.Path(importlib.util.find_spec("obp").origin).parent)]
sys.modules["obp"] = package

import numpy as np  # noqa: E402
from obp.ope import estimators  # noqa: E402

ROUNDS, ACTIONS, SWITCH_AT = 200, 4, 3.0
OUT = pathlib.Path(__file__).resolve().parents[2] / "crates/q-learning/tests/data/open_bandit_pipeline.json"


def softmax(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(20260101)
    chances = rng.uniform(0.1, 0.9, size=(ROUNDS, ACTIONS))
    logged = np.round(0.9 * softmax(2.0 * chances + rng.normal(size=chances.shape)) + 0.1 / ACTIONS, 6)
    target = np.round(softmax(5.0 * chances), 6)
    expected = np.round(np.clip(chances + rng.normal(scale=0.15, size=chances.shape), 0, 1), 6)
    logged /= logged.sum(axis=1, keepdims=True)
    target /= target.sum(axis=1, keepdims=True)
    action = np.array([rng.choice(ACTIONS, p=row) for row in logged])
    every = np.arange(ROUNDS)
    reward = (rng.uniform(size=ROUNDS) < chances[every, action]).astype(int)
    given = dict(
        reward=reward,
        action=action,
        position=np.zeros(ROUNDS, dtype=int),
        pscore=logged[every, action],
        action_dist=target[:, :, None],
        estimated_rewards_by_reg_model=expected[:, :, None],
    )
    of = {
        "ips": estimators.InverseProbabilityWeighting(),
        "snips": estimators.SelfNormalizedInverseProbabilityWeighting(),
        "dm": estimators.DirectMethod(),
        "dr": estimators.DoublyRobust(),
        "switch_dr": estimators.SwitchDoublyRobust(tau=SWITCH_AT),
    }
    log = [
        {
            "action": int(action[n]),
            "reward": int(reward[n]),
            "logged": logged[n].tolist(),
            "target": target[n].tolist(),
            "expected": expected[n].tolist(),
        }
        for n in every
    ]
    document = {
        "made_by": f"obp {importlib.metadata.version('obp')}",
        "switch_at": SWITCH_AT,
        "values": {name: float(estimator.estimate_policy_value(**given)) for name, estimator in of.items()},
        # Bootstrapped there, from Student's distribution here: the same in size only.
        "intervals": {
            name: list(estimator.estimate_interval(**given, n_bootstrap_samples=10_000, random_state=1).values())[1:]
            for name, estimator in of.items()
        },
        "log": log,
    }
    OUT.parent.mkdir(exist_ok=True)
    text = json.dumps(document, indent=None, separators=(",", ":"))
    OUT.write_text(text.replace('{"action"', '\n{"action"') + "\n")
    print(json.dumps({key: document[key] for key in ["made_by", "values", "intervals"]}, indent=1))


if __name__ == "__main__":
    main()

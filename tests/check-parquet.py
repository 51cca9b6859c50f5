"""The log of experiences in pyarrow's eyes; see parquet.sh."""

import base64
import datetime
import gzip
import json
import sys


def make():
    """Lines of every shape, in more than one row group."""
    for n in range(12_000):
        line = {
            "task_id": f"t{n}",
            "agent_id": ["tester", "coder"][n % 2],
            "reward": n % 10 / 10,
            "description": f"unit tests for module {n}",
            "cost_usd": n / 1e6,
            "latency_ms": n,
        }
        if n % 3 == 0:
            line |= {
                "propensity": 0.25,
                "policy_version": "p3.e17",
                "candidates": [
                    {"agent_id": "tester", "probability": 0.25, "relevance": 0.1, "eligible": True},
                    {"agent_id": "coder", "probability": 0.75, "relevance": 0.0, "eligible": n % 2 == 0, "model": "openai/m"},
                ],
            }
        if n % 4 == 0:
            line["model"] = "openai/m"
        if n % 5 == 0:
            line["weight"] = 0.25
        if n % 7 == 0:
            line |= {"revision": 1, "prev_reward": 0.5}
        print(json.dumps(line))


def lines(name):
    with (gzip.open if name.endswith(".gz") else open)(name, "rt") as file:
        return [json.loads(line) for line in file]


def told(members):
    """What a JSON line says: it leaves out what is null."""
    return {name: value for name, value in members.items() if value is not None}


def check(exported, expected, again):
    """Every column, every row; then the same table as pyarrow writes it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(exported)
    expected = lines(expected)
    assert table.num_rows == len(expected) == 12_000 and pq.ParquetFile(exported).num_row_groups == 3
    candidate = {
        "agent_id": pa.string(),
        "probability": pa.float64(),
        "relevance": pa.float64(),
        "eligible": pa.bool_(),
        "model": pa.string(),
    }
    types = {name: table.schema.field(name).type for name in table.column_names}
    assert types["at"] == pa.timestamp("us", tz="UTC") and types["seq"] == pa.int64() and types["context"] == pa.binary()
    assert types["reward"] == pa.float64() and types["task_id"] == pa.string()
    assert {field.name: field.type for field in types["candidates"].value_type} == candidate
    for row, line in zip(table.to_pylist(), expected):
        row["context"] = base64.b64encode(row["context"]).decode()
        row["at"] = row["at"].astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        row = told(row)
        if "candidates" in row:
            row["candidates"] = [told(candidate) for candidate in row["candidates"]]
        assert row == line, (row, line)
    pq.write_table(table.drop_columns(["seq", "at"]), again, row_group_size=1_234)


def same(one, other):
    """The same log, but for where and when each database took it."""
    def comparable(name):
        return [{k: v for k, v in line.items() if k not in ("at", "seq")} for line in lines(name)]

    assert comparable(one) == comparable(other)


{"make": make, "check": check, "same": same}[sys.argv[1]](*sys.argv[2:])

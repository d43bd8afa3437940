"""Merkle trees against the published vectors of a certificate-transparency library (RFC 6962)."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration import merkle

PUBLISHED = Path(__file__).parent / "published"


def vectors(name: str):
    with (PUBLISHED / f"merkle_{name}.csv").open(newline="", encoding="utf-8") as file:
        return [pytest.param(row, id=row["case_id"]) for row in csv.DictReader(file)]


def hexes(text: str) -> list[bytes]:
    """`-` stands for a hash that is no hash."""
    return [bytes.fromhex(one.strip("-")) for one in text.split(";")] if text else []


@pytest.mark.parametrize("case", vectors("hashes"))
def test_hashes(case):
    if case["case_id"].startswith("node"):
        found = merkle.node_hash(*hexes(case["input_hex"]))
    elif case["case_id"].startswith("leaf"):
        found = merkle.leaf_hash(bytes.fromhex(case["input_hex"]))
    else:
        contents = [bytes.fromhex(one) for one in case["input_hex"].split(";")] if int(case["leaves_or_size"]) else []
        found = merkle.root([merkle.leaf_hash(content) for content in contents])
    assert found.hex() == case["expected_sha256"]


@pytest.mark.parametrize("case", vectors("inclusion"))
def test_inclusion(case):
    accepted = merkle.is_included(
        int(case["leaf_index"]),
        int(case["tree_size"]),
        bytes.fromhex(case["leaf_hash"]),
        hexes(case["proof"]),
        bytes.fromhex(case["root"]),
    )
    assert accepted == (case["accepted"] == "yes")


@pytest.mark.parametrize("case", vectors("consistency"))
def test_consistency(case):
    accepted = merkle.is_consistent(
        int(case["size_1"]),
        int(case["size_2"]),
        bytes.fromhex(case["root_1"]),
        bytes.fromhex(case["root_2"]),
        hexes(case["proof"]),
    )
    assert accepted == (case["accepted"] == "yes")


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=40), st.data())
def test_what_is_proved_holds_and_nothing_else_does(contents, data):
    leaves = [merkle.leaf_hash(content) for content in contents]
    size, root = len(leaves), merkle.root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.is_included(index, size, leaves[index], proof, root)
    assert not merkle.is_included(index, size, merkle.leaf_hash(b"another"), proof, root)
    first = data.draw(st.integers(1, size))
    shown = merkle.consistency_proof(leaves, first)
    assert merkle.is_consistent(first, size, merkle.root(leaves[:first]), root, shown)
    changed = [merkle.leaf_hash(b"another"), *leaves[1:first]]
    assert not merkle.is_consistent(first, size, merkle.root(changed), root, shown)

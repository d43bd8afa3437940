"""Merkle trees as certificate-transparency logs have them (RFC 6962, section 2.1), over SHA-256.

A leaf is hashed with 0x00 before it and a node with 0x01, so that neither stands for the other; n leaves are split at
the largest power of two below n. Hashes are bytes of 32; the functions are pure.
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below a size of two and more."""
    return 1 << (size - 1).bit_length() - 1


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from its leaf hashes up to the root; a node without a neighbour goes up as it is, which gives the split
    of the standard."""
    tree = [list(leaves)]
    sha256 = hashlib.sha256
    while len(below := tree[-1]) > 1:
        above = [sha256(b"\x01" + below[i] + below[i + 1]).digest() for i in range(0, len(below) - 1, 2)]
        tree.append(above + below[-1:] if len(below) % 2 else above)
    return tree


def root(leaves: Sequence[bytes]) -> bytes:
    """Of leaf hashes; of none, the hash of nothing."""
    return levels(leaves)[-1][0] if leaves else EMPTY


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The neighbours on the way from a leaf to the root. Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} of {len(leaves)}")
    proof = []
    for level in levels(leaves)[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            proof.append(level[neighbour])
        index >>= 1
    return proof


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether a proof leads from a leaf hash to the root of a tree of a size."""
    if not 0 <= index < size:
        return False
    found, last = leaf, size - 1
    remaining = list(proof)
    while last:
        if index % 2 or index < last:
            if not remaining:
                return False
            neighbour = remaining.pop(0)
            found = node_hash(neighbour, found) if index % 2 else node_hash(found, neighbour)
        index, last = index >> 1, last >> 1
    return not remaining and found == expected_root


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """What shows that the tree of the first leaves is the beginning of the whole one. Raises IndexError."""
    if not 0 <= first <= len(leaves):
        raise IndexError(f"there are no {first} first leaves of {len(leaves)}")

    def subproof(size: int, start: int, end: int, is_whole: bool) -> list[bytes]:
        if size == end - start:
            return [] if is_whole else [root(leaves[start:end])]
        split = _split(end - start)
        if size <= split:
            return [*subproof(size, start, start + split, is_whole), root(leaves[start + split : end])]
        return [*subproof(size - split, start + split, end, False), root(leaves[start : start + split])]

    return subproof(first, 0, len(leaves), True) if 0 < first < len(leaves) else []


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `first` leaves is the beginning of the one of `second`."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second:  # of nothing, everything is the continuation: that shows nothing
        return False
    remaining = list(proof)
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    if node:
        if not remaining:
            return False
        seed = remaining.pop(0)
    else:
        seed = first_root
    old = new = seed
    while last:
        if node % 2 or node < last:
            if not remaining:
                return False
            neighbour = remaining.pop(0)
            if node % 2:
                old, new = node_hash(neighbour, old), node_hash(neighbour, new)
            else:
                new = node_hash(new, neighbour)
        node, last = node >> 1, last >> 1
    return not remaining and old == first_root and new == second_root

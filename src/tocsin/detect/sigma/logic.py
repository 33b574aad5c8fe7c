"""Condition trees over numbered tests: simplify what is known, evaluate the rest, find what must be true.

Enters: a rule's tree and the numbers (atoms) of its tests. Leaves: a `Formula`, or a plain True or False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple

from tocsin.detect.sigma.rule import All, Node, Not, Some, Test

Known = Callable[[Test], bool | None]
"""Says what a test is before any event is looked at, None when that depends on the event."""


class Formula(NamedTuple):
    """`every`: all atoms and all parts; otherwise: some atom or some part; `negated` turns the result round."""

    every: bool
    atoms: frozenset[int]
    parts: tuple[Formula, ...]
    negated: bool = False


def simplify(node: Node, known: Known, atom_of: Callable[[Test], int]) -> Formula | bool:
    """Give the formula of a tree, with everything known left out."""
    if isinstance(node, Test):
        value = known(node)
        return Formula(True, frozenset((atom_of(node),)), ()) if value is None else value
    if isinstance(node, Not):
        inner = simplify(node.item, known, atom_of)
        return not inner if isinstance(inner, bool) else inner._replace(negated=not inner.negated)
    return _joined(isinstance(node, All), [simplify(item, known, atom_of) for item in node.items])


def _joined(every: bool, items: list[Formula | bool]) -> Formula | bool:
    if (not every) in items:
        return not every
    open_items = [item for item in items if not isinstance(item, bool)]
    if not open_items:
        return every
    if len(open_items) == 1:
        return open_items[0]
    atoms: set[int] = set()
    parts: list[Formula] = []
    for item in open_items:
        if not item.negated and (item.every == every or (len(item.atoms) == 1 and not item.parts)):
            atoms |= item.atoms
            parts += item.parts
        else:
            parts.append(item)
    return Formula(every, frozenset(atoms), tuple(parts))


def holds(formula: Formula, true: Set[int]) -> bool:
    """Evaluate a formula on the set of true atoms."""
    every, atoms, parts, negated = formula
    if every:
        result = atoms <= true and all(holds(part, true) for part in parts)
    else:
        result = not atoms.isdisjoint(true) or any(holds(part, true) for part in parts)
    return result is not negated


def witnesses(formula: Formula, cost: Callable[[int], float]) -> frozenset[int] | None:
    """Give a cheap set of atoms of which at least one is true whenever the formula is; None when there is none."""
    if formula.negated:
        return None
    if not formula.every:
        return _of_all(formula, cost)
    sets = [frozenset((atom,)) for atom in formula.atoms]
    sets += [found for part in formula.parts if (found := witnesses(part, cost)) is not None]
    return min(sets, key=lambda atoms: (sum(map(cost, atoms)), len(atoms), min(atoms)), default=None)


def _of_all(formula: Formula, cost: Callable[[int], float]) -> frozenset[int] | None:
    found = set(formula.atoms)
    for part in formula.parts:
        inner = witnesses(part, cost)
        if inner is None:
            return None
        found |= inner
    return frozenset(found)


def atoms_in(formula: Formula) -> Iterable[int]:
    """Give every atom of a formula."""
    yield from formula.atoms
    for part in formula.parts:
        yield from atoms_in(part)


def tests_in(node: Node) -> Iterable[Test]:
    """Give every test of a tree, in order."""
    if isinstance(node, Test):
        yield node
    elif isinstance(node, Not):
        yield from tests_in(node.item)
    elif isinstance(node, All | Some):
        for item in node.items:
            yield from tests_in(item)

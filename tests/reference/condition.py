"""The condition of a Sigma rule: `selection and not 1 of filter_*`.

Enters: the text and the names of the searches. Leaves: a tree of tuples, evaluated against the searches' answers.
Source: Sigma rules specification 2.0, "Condition": precedence, least to most binding: or, and, not, x of, brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Tree = tuple[str, tuple["Tree | str", ...]]
_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")


class Parser:
    """Reads one condition by recursive descent."""

    def __init__(self, text: str, names: list[str]) -> None:
        self.tokens = _TOKEN.findall(text)
        self.names = names
        if "|" in text:
            raise ValueError("the old aggregation syntax is no longer Sigma")

    def parse(self) -> Tree:
        """Give the tree of the whole text.

        Raises:
            ValueError: it is not a condition, or names a search that the rule has not.
        """
        tree = self.either()
        if self.tokens:
            raise ValueError(f"unexpected {self.tokens[0]!r} in the condition")
        return tree

    def either(self) -> Tree:
        parts = [self.both()]
        while self.next_is("or"):
            parts.append(self.both())
        return ("any", tuple(parts))

    def both(self) -> Tree:
        parts = [self.negated()]
        while self.next_is("and"):
            parts.append(self.negated())
        return ("all", tuple(parts))

    def negated(self) -> Tree:
        if self.next_is("not"):
            return ("not", (self.negated(),))
        if self.next_is("("):
            tree = self.either()
            if not self.next_is(")"):
                raise ValueError("a bracket is not closed")
            return tree
        return self.term()

    def term(self) -> Tree:
        if not self.tokens:
            raise ValueError("the condition ends early")
        word = self.tokens.pop(0)
        if self.tokens[:1] == ["of"] and word in {"1", "any", "all"}:
            del self.tokens[0]
            pattern = self.tokens.pop(0) if self.tokens else ""
            return ("all" if word == "all" else "any", tuple(("is", (name,)) for name in self.chosen(pattern)))
        if word not in self.names:
            raise ValueError(f"no search is called {word!r}")
        return ("is", (word,))

    def chosen(self, pattern: str) -> list[str]:
        """Give the names that a pattern means. Those that start with `_` are left out by convention."""
        expression = ".*" if pattern == "them" else ".*".join(re.escape(part) for part in pattern.split("*"))
        hidden_too = pattern.startswith("_")
        chosen = [name for name in self.names if re.fullmatch(expression, name)]
        chosen = [name for name in chosen if hidden_too or not name.startswith("_")]
        if not chosen:
            raise ValueError(f"no search is called like {pattern!r}")
        return chosen

    def next_is(self, word: str) -> bool:
        if self.tokens[:1] == [word]:
            del self.tokens[0]
            return True
        return False


def holds(tree: Tree, answer: Callable[[str], bool]) -> bool:
    """Evaluate a tree; `answer` says whether the search of that name is true."""
    kind, parts = tree
    if kind == "is":
        return answer(str(parts[0]))
    truths = [holds(part, answer) for part in parts if isinstance(part, tuple)]
    if kind == "not":
        return not truths[0]
    return all(truths) if kind == "all" else any(truths)

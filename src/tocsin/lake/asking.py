"""The question that a person writes, as a condition in SQL.

Enters: words: `field=value`, `field!=value`, `field~text`, `field>number`, `@name`, `10.1.2.3`, `"free text"`; `or`
between two, `not` before one, parentheses; all others are joined by and. Leaves: a `Condition`, and the terms on
the vendor's own fields (`native.X=…`) that SQL can only narrow down.
Letter case never matters; `*` in a value stands for any text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from tocsin.errors import ConfigError
from tocsin.i18n import N_, _
from tocsin.lake import entities, table
from tocsin.lake.reading import name_in_sql
from tocsin.lake.runs import NATIVE, run_of
from tocsin.model import names as spell

GROUPS: dict[str, tuple[str, ...]] = {
    "ip": ("src_endpoint.ip", "dst_endpoint.ip", "device.ip"),
    "src": ("src_endpoint.ip", "src_endpoint.hostname"),
    "dst": ("dst_endpoint.ip", "dst_endpoint.hostname"),
    "port": ("dst_endpoint.port", "src_endpoint.port"),
    "host": ("device.hostname", "src_endpoint.hostname", "dst_endpoint.hostname"),
    "user": ("user.name", "actor.user.name", "user.email_addr"),
    "process": ("process.name", "process.file.path", "actor.process.name"),
    "command": ("process.cmd_line", "actor.process.cmd_line"),
    "file": ("file.path", "file.name"),
    "hash": ("process.hash", "file.hash"),
    "domain": ("query.hostname", "tls.sni", "dst_endpoint.hostname"),
    "url": ("http_request.url",),
    "action": ("activity_name", "api.operation", "rule.action"),
}
"""Short names that people write -> the columns that are asked, of which one is enough."""

_OWN = ("site", "day", "source", "event_id", "origin", "offset", "raw")
FIELDS: tuple[str, ...] = (*_OWN, *table.OCSF)
_TYPES = {**table.HEAD, **table.OCSF, **table.TAIL}
_TERM = re.compile(r"(?P<field>@?[A-Za-z_][\w.\-]*)(?P<op>!=|!~|>=|<=|=|~|>|<)(?P<value>.*)", re.DOTALL)
_TOKEN = re.compile(r"""\s*(?:(?P<paren>[()])|(?P<word>(?:"(?:[^"\\]|\\.)*"|[^\s()"]|(?<=[^\s"])[(](?=[^\s]))+))""")
_ADDRESS_FIELDS = frozenset({"src_endpoint.ip", "dst_endpoint.ip", "device.ip"})
_HINT = N_("Write field=value, field~text, @name, 10.1.2.3 or any text; examples: tocsin hunt --help")

Parameter = str | int | float


class Condition(NamedTuple):
    """A condition in SQL with its parameters."""

    sql: str
    parameters: tuple[Parameter, ...] = ()


class NativeTerm(NamedTuple):
    """A comparison with the vendor's own field: decided on the event itself."""

    field: str
    value: str
    within: bool
    negated: bool


class Question(NamedTuple):
    """What is asked for: a condition, and the terms that an event must fulfil besides."""

    condition: Condition
    natives: tuple[NativeTerm, ...] = ()


EVERYTHING = Condition("true")


def parse(words: Iterable[str]) -> Question:
    """Read a question.

    Raises:
        ConfigError: a field is unknown (the nearest is named), a number is none, a parenthesis has no partner.
    """
    tokens = _tokens(words)
    if not tokens:
        return Question(EVERYTHING)
    reader = _Reader(tokens)
    condition = reader.either()
    if reader.left():
        raise ConfigError(_("a parenthesis has no partner"), _(_HINT))
    return Question(condition, tuple(reader.natives))


def _tokens(words: Iterable[str]) -> list[str]:
    """Cut into parentheses and words; a word that the shell gave whole, with blanks in it, stays whole."""
    found: list[str] = []
    for word in words:
        term = _TERM.fullmatch(word)
        if term and '"' not in word and (" " in term["value"]) and not _several(word):
            found.append(word)
        else:
            found += [match["paren"] or match["word"] for match in _TOKEN.finditer(word)]
    return found


def _several(word: str) -> bool:
    """Say whether a word of the shell holds several terms: `a=1 b=2`."""
    return any(part in {"or", "and", "not"} or part[:1] in "(@" or _TERM.fullmatch(part) for part in word.split()[1:])


class _Reader:
    """Reads tokens from left to right: `or` binds least, then and, then `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._choices = 0
        self.natives: list[NativeTerm] = []

    def left(self) -> bool:
        """Say whether there are tokens left."""
        return self._place < len(self._tokens)

    def _next_is(self, *words: str) -> bool:
        return self.left() and self._tokens[self._place].lower() in words

    def either(self) -> Condition:
        """Read terms with `or` between them."""
        parts = [self._all()]
        while self._next_is("or", "ou"):
            self._place += 1
            self._choices += 1
            parts.append(self._all())
        self._refuse_native_choice()
        return _joined(parts, " OR ")

    def _refuse_native_choice(self) -> None:
        if self.natives and self._choices:
            raise ConfigError(
                _("native.… cannot stand beside “or”"),
                _("Ask twice, or use a Sigma rule: tocsin hunt --rule FILE"),
            )

    def _all(self) -> Condition:
        parts = []
        while self.left() and not self._next_is("or", "ou", ")"):
            if self._next_is("and", "et"):
                self._place += 1
                continue
            parts.append(self._one(False))
        if not parts:
            raise ConfigError(_("something is missing in the question"), _(_HINT))
        return _joined(parts, " AND ")

    def _one(self, negated: bool) -> Condition:
        if not self.left():
            raise ConfigError(_("something is missing in the question"), _(_HINT))
        token = self._tokens[self._place]
        self._place += 1
        if token.lower() in {"not", "non"}:
            inner = self._one(not negated)
            return (
                inner if self._was_native(inner) else Condition(f"NOT coalesce({inner.sql}, false)", inner.parameters)
            )
        if token == "(":
            inner = self.either()
            if not self._next_is(")"):
                raise ConfigError(_("a parenthesis has no partner"), _(_HINT))
            self._place += 1
            return inner
        if token == ")":
            raise ConfigError(_("a parenthesis has no partner"), _(_HINT))
        return self._term(token, negated)

    def _was_native(self, condition: Condition) -> bool:
        return condition.sql.startswith("/* native */")

    def _term(self, token: str, negated: bool) -> Condition:
        match = _TERM.fullmatch(token)
        if match is None or token.startswith("@"):
            return _word(token)
        field, op, value = match["field"], match["op"], _unquoted(match["value"])
        if field.lower().startswith("native."):
            return self._native(field[7:], op, value, negated)
        return term(field, op, value)

    def _native(self, field: str, op: str, value: str, negated: bool) -> Condition:
        if op not in {"=", "!=", "~", "!~"}:
            raise ConfigError(
                _("native.{field}: only equal (=) or containing (~), or not so").format(field=field), _(_HINT)
            )
        negative = negated != op.startswith("!")
        self.natives.append(NativeTerm(field, value, op.endswith("~"), negative))
        run = "" if negative else run_of(value.replace("*", "\0"))
        return Condition(f"/* native */ contains({NATIVE}, ?)", (run,)) if run else Condition("/* native */ true")


def _joined(parts: list[Condition], by: str) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return Condition(
        "(" + by.join(part.sql for part in parts) + ")", tuple(one for part in parts for one in part.parameters)
    )


def term(field: str, op: str, value: str) -> Condition:
    """Give the condition of one term on a column or a group of columns.

    Raises:
        ConfigError: there is no such field, or the value is no number where one is needed.
    """
    if field.lower() == "entity":
        found = entity(value)
        return Condition(f"NOT {found.sql}", found.parameters) if op.startswith("!") else found
    negated = op in {"!=", "!~"}
    op = op.removeprefix("!") if negated else op
    parts = [_compared(column, op, value) for column in _columns(field)]
    found = _joined(parts, " OR ")
    return Condition(f"NOT coalesce({found.sql}, false)", found.parameters) if negated else found


def _columns(field: str) -> tuple[str, ...]:
    low = field.lower()
    if low in GROUPS:
        return GROUPS[low]
    known = {name.lower(): name for name in FIELDS}
    if low in known:
        return (known[low],)
    near = difflib.get_close_matches(low, [*GROUPS, *known], 3, 0.5)
    meant = _("Did you mean {field}?").format(field=", ".join(near)) + " " if near else ""
    raise ConfigError(
        _("there is no field “{field}”").format(field=field),
        meant + _("All fields: tocsin hunt --fields. A vendor's own field: native.{field}=…").format(field=field),
    )


def _compared(column: str, op: str, value: str) -> Condition:
    name = name_in_sql(column)
    kind = _TYPES[column]
    if op in {">", ">=", "<", "<="} or (column in table.NUMBERS | table.FRACTIONS and op == "=" and value != "*"):
        return Condition(f"{name} {op} ?", (_number(column, value),))
    if value == "*":
        return Condition(f"{name} IS NOT NULL")
    if not value:
        return Condition(f"{name} IS NULL")
    if kind is table.TEXTS:
        inner = _text("item", op, value)
        return Condition(f"len(list_filter({name}, lambda item: {inner.sql})) > 0", inner.parameters)
    if column in table.NUMBERS | table.FRACTIONS:
        return _text(f"CAST({name} AS VARCHAR)", op, value)
    if column == "raw" and op == "~":
        return anywhere(value)
    if column in _ADDRESS_FIELDS and op == "=" and spell.address(value):
        return Condition(f"{name} IN (?, ?)", (spell.address(value), value))
    return _text(name, op, value)


def _number(column: str, value: str) -> float:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        raise ConfigError(_("{field}: “{value}” is no number").format(field=column, value=value), _(_HINT)) from None


def _text(name: str, op: str, value: str) -> Condition:
    low = value.lower()
    if op == "~":
        return Condition(f"contains(lower({name}), ?)", (low,))
    if "*" not in low:
        return Condition(f"lower({name}) = ?", (low,))
    pattern = "".join("%" if char == "*" else "\\" + char if char in "%_\\" else char for char in low)
    return Condition(f"lower({name}) LIKE ? ESCAPE '\\'", (pattern,))


def _word(token: str) -> Condition:
    """Read a word without a field: `@name`, an address, a hash or a DNS name is an entity; else free text too."""
    text = _unquoted(token)
    if token.startswith("@"):
        return entity(_unquoted(token[1:]))
    if token.startswith(("~", '"')):
        return anywhere(_unquoted(text.removeprefix("~")))
    if spell.address(text):
        return entity(text)
    named, written = entity(text), anywhere(text)
    return Condition(f"({named.sql} OR {written.sql})", (*named.parameters, *written.parameters))


def entity(name: str) -> Condition:
    """Give the condition that an event names this host, account, address, domain or hash."""
    spellings = entities.asked(name) or [name.lower()]
    return _joined([Condition("list_contains(entities, ?)", (spelling,)) for spelling in spellings], " OR ")


def anywhere(text: str) -> Condition:
    """Give the condition that a text stands in the record, plain or as JSON escapes it."""
    low = text.lower()
    forms = dict.fromkeys((low, orjson.dumps(low.encode("utf-8", "replace").decode()).decode()[1:-1]))
    return _joined([Condition("contains(lower(raw), ?)", (form,)) for form in forms], " OR ")


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text

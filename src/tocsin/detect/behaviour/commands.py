"""Command lines as words that compare: numbers, paths, names of one site and coded texts made alike; what hides, shown.

Enters: an image and its command line as received. Leaves: a `Command`: words, a key, what was decoded, what is odd.

Sources: PowerShell's parameters (about_PowerShell_exe); the marks of obfuscation are those that A. Bohannon and
L. Holmes count in Revoke-Obfuscation (2017); all measures are of the text alone.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import NamedTuple

from tocsin.detect.behaviour import programs
from tocsin.detect.behaviour.memory import key64

MOST_CHARS = 4_000
"""Read of a command line: Windows allows 32,767, and what tells comes before."""
MOST_WORDS = 48
_SHOWN = 200


class Command(NamedTuple):
    """A command line made comparable.

    `words` start after the program; there are none of programs that only do what their name says. `hidden` is what was
    decoded from it; `odd` names what hides its meaning, each worth the decades in `ODD`. `key` is the same for lines
    that differ only in what was made alike.
    """

    program: str
    words: tuple[str, ...]
    key: int
    hidden: str
    odd: tuple[str, ...]


ODD = {
    "coded": 0.5,
    "marks": 0.9,
    "pieces": 0.9,
    "characters": 0.6,
    "variables": 0.7,
    "spaces": 0.7,
    "letters": 0.9,
}
"""What each oddity is worth. Coded commands of management tools are an everyday thing: half a decade."""

_POWERSHELL = frozenset({"powershell.exe", "pwsh.exe", "pwsh", "powershell"})
_SHELLS = frozenset({"cmd.exe", "cmd", *_POWERSHELL})
_PARAMETERS = (
    ("encodedcommand", "e", ("ec", "en", "enc")),
    ("executionpolicy", "ex", ("ep", "exec", "exe")),
    ("noprofile", "nop", ()),
    ("nologo", "nol", ()),
    ("noninteractive", "noni", ()),
    ("noexit", "noe", ()),
    ("windowstyle", "w", ()),
    ("command", "c", ()),
    ("file", "f", ()),
    ("version", "v", ()),
    ("inputformat", "inp", ("if",)),
    ("outputformat", "o", ("of",)),
    ("psconsolefile", "psc", ()),
    ("sta", "st", ()),
    ("mta", "mt", ()),
    ("configurationname", "config", ()),
    ("workingdirectory", "wo", ("wd",)),
)


@lru_cache(maxsize=1024)
def parameter(word: str) -> str:
    """Give the full name of a parameter of PowerShell; any beginning of it that is long enough names it."""
    name = word.lstrip("-/\u2013\u2014\u2015")
    for full, least, others in _PARAMETERS:
        if name in others or (full.startswith(name) and name.startswith(least)):
            return f"-{full}"
    return word


_CODED = re.compile(r"(?:-|/|\u2013)e(?:[nc]\w*)?[\"']?\s+[\"']?([A-Za-z0-9+/]{16,}={0,2})", re.I)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/\\_.-])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/\\_-])")
_PRINTABLE = re.compile(r"[\x09\x0a\x0d\x20-\x7e\u00a0-\u00ff]")
_LEAST_TEXT = 0.95


def decoded(text: str, coded_parameter: bool) -> str:
    """Give the text that base64 in a command line stands for; empty where there is none that reads as text."""
    match = _CODED.search(text) if coded_parameter else None
    found = match[1] if match else (match[0] if (match := _BASE64.search(text)) else "")
    if not found:
        return ""
    try:
        raw = base64.b64decode(found + "=" * (-len(found) % 4))
    except (binascii.Error, ValueError):
        return ""
    wide = raw[1::2].count(0) > len(raw) // 4
    plain = raw.decode("utf-16-le" if wide else "utf-8", "replace")
    readable = len(_PRINTABLE.findall(plain))
    return plain[:MOST_CHARS] if len(plain) >= 6 and readable >= _LEAST_TEXT * len(plain) else ""


_CARETS = re.compile(r"\w\^\w")
_TICKS = re.compile(r"\w`\w")
_JOINED = re.compile(
    r"['\"]\s*\+\s*['\"(]|-join\b|\[char\]|\bchr\(|-f\s*['\"]|::reverse|\.replace\(|-b?xor\b|''\.split", re.I
)
_QUOTED = re.compile(r"\w\"\"\w|\w''\w|\w\"\w+\"\w", re.I)
_SLICED = re.compile(r"%\w+:~\-?\d+(?:,-?\d+)?%|![\w:~,\-]+!|\$\{[^}]{1,8}\}|\$env:\w+\[[\d,\-. ]+\]|\$\{IFS\}", re.I)
_STRANGE = re.compile(r"[\^`+\[\]{}()$%!;,'\"~|&*#@?<>=]")
_EXTRA = re.compile(r"[ \t,;]{24,}")
_FOREIGN = re.compile("[\u0250-\u036f\u0400-\u04ff\u1d00-\u1dbf\u2010-\u2015\u200b-\u200f\u202a-\u202e\uff00-\uffef]")


def oddities(text: str, shell: bool) -> tuple[str, ...]:
    """Name what hides the meaning of a command line."""
    found = []
    if shell and (len(_CARETS.findall(text)) >= 3 or len(_TICKS.findall(text)) >= 3):
        found.append("marks")
    if len(_JOINED.findall(text)) + (len(_QUOTED.findall(text)) if shell else 0) >= 3:
        found.append("pieces")
    if len(_SLICED.findall(text)) >= 3:
        found.append("variables")
    if shell and len(text) >= 60 and len(_STRANGE.findall(text)) > 0.28 * len(text):
        found.append("characters")
    if _EXTRA.search(text):
        found.append("spaces")
    if shell and _FOREIGN.search(text):
        found.append("letters")
    return tuple(found)


_WORD = re.compile(
    r"https?://[^\s\"'<>|)]+|ftp://[^\s\"'<>|)]+"  # addresses of the web
    r"|\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"
    r"|\"(?:[A-Za-z]:[\\/]|\\\\|%\w+%|HK\w{1,3}\\)[^\"|<>]{1,400}\"|'[A-Za-z]:\\[^'|<>]{1,400}'"  # paths in quotes
    r"|(?:[A-Za-z]:)?(?:\\{1,2}|/)[^\s\"'|<>;,=]*(?: \(x86\)[^\s\"'|<>;,]*)?"  # paths and /flags
    r"|%\w+%[^\s\"'|<>;,]*"
    r"|--?[A-Za-z][\w-]*"
    r"|\$\w[\w:.]*|\[[A-Za-z][\w.]+\]"
    r"|[\w.$@#\u00c0-\u017f-]+(?:\\[^\s\"'|<>;,]+)*"
    r"|[|<>&;(){}]+"
)
_FLAG = re.compile(r"/[A-Za-z?][\w-]{0,24}(?::|$)")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$")
_NUMBER = re.compile(r"-?(?:0x[0-9a-f]+|\d[\d.,:_/-]*[a-z%]{0,2})$")
_HEXADECIMAL = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{8,}$")
_GUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$")
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{32,}$")
_DIGITS = re.compile(r"\d+")
_EXTENSION = re.compile(r"(\.[a-z][a-z0-9]{0,7})(?:[,:;)].*)?$")
_REGISTRY = re.compile(r"(hk[a-z]{1,2}|hkey_[a-z_]+|registry:)[:\\]")
_MARKS = re.compile(r"[\^`]|\"\"|''")


@lru_cache(maxsize=8_192)
def command(image: str, line: str) -> Command:
    """Make a command line comparable. Never fails, whatever the text."""
    text = line[:MOST_CHARS]
    name, rest = _split(image, text)
    shell = name in _SHELLS
    odd = list(oddities(rest, shell)) if rest else []
    hidden = decoded(rest, name in _POWERSHELL or "powershell" in text.lower()) if len(rest) > 20 else ""
    plain = not odd and not hidden and programs.program(name).kind not in programs.CAPABLE
    words = [] if plain else words_of(rest if not shell else _MARKS.sub("", rest), name)
    if hidden:
        odd.append("coded")
        odd += [one for one in oddities(hidden, True) if one not in odd]
        words += ["<decoded>", *words_of(_MARKS.sub("", hidden), "powershell.exe")]
    kept = tuple(words[:MOST_WORDS])
    return Command(name, kept, key64("command", name, *kept), hidden[:_SHOWN], tuple(odd))


def _split(image: str, text: str) -> tuple[str, str]:
    """Give the program's name and the rest of the line."""
    stripped = text.lstrip()
    if stripped.startswith('"'):
        first, _, rest = stripped[1:].partition('"')
    else:
        first, rest = _first_word(stripped, programs.base(programs.plain(image)))
    name = programs.program(image or first).name
    return name, rest


def _first_word(text: str, name: str) -> tuple[str, str]:
    """Cut a line after the program that it starts with: paths without quotes may hold blanks."""
    at = text.lower().find(name) if name else -1
    if at >= 0 and (at == 0 or text[at - 1] in "\\/"):
        return text[: at + len(name)], text[at + len(name) :]
    first, _, rest = text.partition(" ")
    return first, rest


def words_of(text: str, name: str) -> list[str]:
    """Give the words of a line, at most `MOST_WORDS`, those of one kind alike."""
    found: list[str] = []
    power = name in _POWERSHELL
    for match in _WORD.finditer(text):
        words = _alike(match[0])
        found.extend((parameter(word) if word[0] in "-/" else word for word in words) if power else words)
        if len(found) >= MOST_WORDS:
            break
    return found


@lru_cache(maxsize=32_768)
def _alike(raw: str) -> tuple[str, ...]:
    """Give the words that a piece of a line stands for."""
    word = raw.lower().strip("\"'")
    if word.startswith(("http://", "https://", "ftp://")):
        return (
            "<url:ip>" if _ADDRESS.match(word.partition("//")[2].partition("/")[0]) else "<url>",
            *_extension(word, 9),
        )
    if _GUID.match(word):
        return ("<guid>",)
    if _FLAG.match(word) and word.count("/") == 1:
        flag, colon, value = word.partition(":")
        return (flag + colon, *(_alike(value) if value else ()))
    if "\\" in word or (word.startswith(("/", "~/")) and word.count("/") > 1) or word[:1] == "%":
        return _path(word)
    return _plain_word(word, raw)


def _plain_word(word: str, raw: str) -> tuple[str, ...]:
    if _ADDRESS.match(word):
        return ("<ip>",)
    if _NUMBER.match(word):
        return ("<n>",)
    if _HEXADECIMAL.match(word):
        return ("<hex>",)
    if len(raw) >= 32 and _LONG.match(raw):
        return ("<long>",)
    if "@" in word[1:]:
        return ("<account>",)
    stem, dot, _ = word.rpartition(".")
    if dot and stem and _EXTENSION.search(word) and word[0] not in "$[-":
        return (_DIGITS.sub("#", word), "<file>") if len(word) < 40 else ("<file>",)
    return (_DIGITS.sub("#", word)[:48],) if word else ()


def _path(word: str) -> tuple[str, ...]:
    """A path: where it lies, and its last part."""
    if word.startswith("/dev/") and not word.startswith("/dev/shm"):
        return (_DIGITS.sub("#", "/".join(word.split("/")[:3])),)
    registry = _REGISTRY.match(word)
    if registry:
        return (f"<{registry[1]}>", *(_DIGITS.sub("#", part)[:48] for part in word.rstrip("\\").split("\\")[1:][-2:]))
    text = programs.plain(word)
    rooted = text.startswith(("\\", "/", "%", "~"))
    place = programs.place_of(text) if rooted else "relative"
    hidden_share = "$" if place in {"share", "self"} and "$" in text else ""
    last = programs.base(text.rstrip("\\/")).strip("\"'()")
    return (f"<{place}{hidden_share}>", _DIGITS.sub("#", last)[:48]) if last else (f"<{place}{hidden_share}>",)


def _extension(word: str, begin: int) -> tuple[str, ...]:
    match = _EXTENSION.search(word.partition("?")[0][begin:])
    return (f"<{match[1]}>",) if match and "/" in word[begin:] else ()


def shape(word: str) -> str:
    """Give what an unknown word counts as: a file by its extension, a flag, a word."""
    if word.startswith("<"):
        return "<other>"
    match = _EXTENSION.search(word)
    if match and match.start() > 0:
        return f"<{match[1]}>" if len(match[1]) <= 5 else "<file>"
    if word[0] in "-/":
        return "<flag>"
    if word[0] == "$":
        return "<variable>"
    if word[0] in "|<>&;(){}":
        return "<operator>"
    return "<word>"

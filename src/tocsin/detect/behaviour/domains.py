"""The parts of DNS names: what somebody registered, and what stands before it.

Enters: names in lower case without a last dot. Leaves: registered domain, its own label, the rest.

The suffixes under which anybody can register a name are a table of our own, of the commonest ones with two labels: a
full list has ten thousand and changes weekly. A suffix that is not in it makes one "domain" of all its names; the
detectors that use this count names under a domain, and would then see many owners as one.
Source: RFC 1034, RFC 8499; the idea of publicsuffix.org.
"""

from __future__ import annotations

from functools import lru_cache
from math import log2
from typing import NamedTuple

_COUNTRIES_WITH_SECOND = (
    "uk au nz za jp kr br ar mx tr in id th tw hk sg my ph cn il pl ru ua eg ma tn dz sn ci cm ke ng gh pe co ve ec uy"
)
_SECOND = ("co", "com", "net", "org", "gov", "gouv", "gob", "edu", "ac", "mil", "or", "ne", "go", "nom", "ltd", "me")
_FRENCH = ("gouv.fr", "asso.fr", "com.fr", "nom.fr", "tm.fr", "prd.fr", "re.kr", "ad.jp", "nhs.uk", "police.uk")
_HOSTED = (
    "github.io gitlab.io herokuapp.com azurewebsites.net azurestaticapps.net cloudapp.net blogspot.com web.app "
    "firebaseapp.com workers.dev pages.dev netlify.app vercel.app appspot.com wordpress.com ngrok.io ngrok-free.app "
    "trycloudflare.com duckdns.org no-ip.org no-ip.com ddns.net dyndns.org hopto.org zapto.org sytes.net myftp.org "
    "synology.me myfritz.net onrender.com fly.dev repl.co glitch.me"
)
"""Where strangers share a domain: each name below it has an owner of its own."""
SUFFIXES = frozenset(
    {f"{second}.{country}" for second in _SECOND for country in _COUNTRIES_WITH_SECOND.split()}
    | set(_FRENCH)
    | set(_HOSTED.split())
)
_TOP_CHARS = 18
"""The longest top-level name in use; what ends in more, or in digits, was never registered."""


class Parts(NamedTuple):
    """A name taken apart: `www.mairie.example.co.uk` is domain `example.co.uk`, label `example`, rest `www.mairie`."""

    domain: str
    label: str
    rest: str


@lru_cache(maxsize=65_536)
def parts(name: str) -> Parts:
    """Take a name apart. One with no top-level name that could exist has an empty domain; all of it is the rest."""
    labels = name.split(".")
    top = labels[-1]
    if len(labels) < 2 or not _possible_top(top):
        return Parts("", "", name)
    taken = 3 if f"{labels[-2]}.{top}" in SUFFIXES and len(labels) > 2 else 2
    return Parts(".".join(labels[-taken:]), labels[-taken], ".".join(labels[:-taken]))


def _possible_top(top: str) -> bool:
    return 1 < len(top) <= _TOP_CHARS and (top.isalpha() or top.startswith("xn--"))


_INSIDE = (".arpa", ".local", ".localdomain", ".lan", ".home", ".internal", ".intranet", ".corp", ".test", ".invalid")


def outside(name: str) -> bool:
    """Say whether a name can belong to the Internet's tree; reverse look-ups and names for inside do not."""
    return "." in name and not name.endswith(_INSIDE)


def bits(text: str) -> float:
    """Give the entropy of a text's characters in bits a character; 0.0 for an empty text."""
    total = len(text)
    counts = [text.count(char) for char in sorted(set(text))]
    return -sum(count / total * log2(count / total) for count in counts)

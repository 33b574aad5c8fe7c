"""The nouns: frozen, typed values that cross the doors between rooms. Imports nothing of ours."""

from tocsin.model.columns import COLUMNS, Columns
from tocsin.model.event import Event, Native, Origin, Parsed, Reject
from tocsin.model.finding import (
    LEVEL_WEIGHT,
    LEVELS,
    MAX_REFS,
    Entity,
    EntityKind,
    EventRef,
    Finding,
    Layer,
    Level,
    RuleRef,
)
from tocsin.model.incident import Confidence, Incident, Party, Stake

__all__ = [
    "COLUMNS",
    "LEVELS",
    "LEVEL_WEIGHT",
    "MAX_REFS",
    "Columns",
    "Confidence",
    "Entity",
    "EntityKind",
    "Event",
    "EventRef",
    "Finding",
    "Incident",
    "Layer",
    "Level",
    "Native",
    "Origin",
    "Parsed",
    "Party",
    "Reject",
    "RuleRef",
    "Stake",
]

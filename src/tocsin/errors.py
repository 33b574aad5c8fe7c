"""The few errors that Tocsin raises, each with a hint that says what to do.

TocsinError
├── ConfigError   usage or configuration (exit code 2)
├── InputError    an input that cannot be read at all (exit code 3)
└── RemoteError   another system that does not answer as it should (exit code 5)

A bad *record* raises nothing: it becomes a `Reject` with its reason.
"""

from __future__ import annotations


class TocsinError(Exception):
    """An error meant for a person: what went wrong, and a hint that says what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(TocsinError):
    """Usage or configuration is wrong."""

    exit_code = 2


class InputError(TocsinError):
    """An input cannot be read at all."""

    exit_code = 3


class RemoteError(TocsinError):
    """Another system does not answer as it should."""

    exit_code = 5

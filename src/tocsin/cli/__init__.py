"""The command line, one file a verb. Nothing heavy is imported before a verb runs: `--help` answers at once."""

from tocsin.cli.app import main

__all__ = ["main"]

"""Tocsin: the open security operations centre of a hospital group."""

__version__ = "0.1.0"

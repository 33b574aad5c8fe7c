"""Imports from other cartographies: CSV files, Mercator, NetBox. Each is a pure function from data to a document."""

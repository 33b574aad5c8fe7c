"""The lake: every event as received, in one Delta table a hospital group can ask in seconds, and the rejects.

Enters: events, rejects, questions. Leaves: rows. Touches the disk; nothing here decides. Import its files one by
one: each brings a heavy library (pyarrow, deltalake, DuckDB) that other verbs do without.
"""

"""Detection: events in, findings out. Pure: signatures (`sigma/`), other tools' alerts, and how findings are made."""

"""The care map: what is to be protected, what it stands on, and what losing it would cost."""

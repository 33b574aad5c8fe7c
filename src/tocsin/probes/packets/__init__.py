"""Packets to Zeek-like records: what tshark dissected, packet by packet, gathered by flow. Pure."""

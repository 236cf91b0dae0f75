"""Deeds that span tables: posting facts, booking what they count as, files, sources and rates."""

"""Copies of people's data to take along: what goes into one, how it is written, and how long it lies there."""

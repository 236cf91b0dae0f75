"""Imports under seeded misfortune: what a provider, a network, a clock and a machine may do, in one process."""

"""Measurements of what the security page promises.

A function looks at the running site and answers a `Finding`; a job writes it down, and the page reads what is written.
Whoever measures elsewhere, a command for one, writes a finding with `base.record` under a name of the registry.
"""

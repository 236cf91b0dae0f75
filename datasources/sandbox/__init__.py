"""A stand-in for payment providers: an invented shop, told over HTTP in each provider's own dialect.

It shares nothing with the connectors, not even a constant, so that neither can repeat the other's mistakes.
"""

"""How each provider would tell the shop’s facts: one package a provider."""

"""The shop “Kaffeehafen”: what happened there, in a merchant's terms and in minor units; no provider's words."""

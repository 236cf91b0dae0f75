"""The shop “Kaffeehafen”: what happened there, in a merchant's terms and in minor units, without any provider's words."""

"""Words that came from outside."""

import re

from django import template

register = template.Library()

# Control characters, and the marks that turn the direction of what stands beside them. Source: Unicode Annex 9.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@register.filter
def visible(text: object) -> str:
    """The text with unseen characters spelled out: none may hide or turn round what stands beside it."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", str(text))

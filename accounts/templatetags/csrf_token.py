"""The token of every form, and beside it the account that the form's page was of.

It stands in place of Django's own `csrf_token` in all templates (settings.TEMPLATES), so no form can forget it.
"""

from typing import Any

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from accounts.access import SHOWN_ACCOUNT

register = template.Library()


class FormTokens(template.Node):
    """The two hidden fields; the second only on pages inside an account."""

    def render(self, context: Any) -> str:
        token = CsrfTokenNode().render(context)
        account = getattr(getattr(context, "request", None), "account", None)
        if account is None:
            return str(token)
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, SHOWN_ACCOUNT, account.public_id)


@register.tag
def csrf_token(parser: object, token: object) -> FormTokens:
    """What stands in every form that is posted."""
    return FormTokens()

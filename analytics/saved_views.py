"""Addresses that a member looks at again and again, under names of their own; nobody else sees them."""

from typing import Final

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Account, User
from analytics.ledger_form import LedgerForm
from analytics.models import SavedView
from putler.kernel.errors import PutlerError

MOST: Final = 30


class NameForm(forms.Form):
    """What a view is to be called."""

    name = forms.CharField(
        max_length=60,
        error_messages={"required": "Give the view a name.", "max_length": "A name has at most 60 characters."},
    )


def views_of(account: Account, user: User) -> QuerySet[SavedView]:
    """A member's own views by name. Inside tenant()."""
    return SavedView.objects.filter(account=account, user=user).order_by("name")


def save(form: LedgerForm, user: User, name: str) -> SavedView:
    """Keep what a form asks for; of a name that is taken, what it asks for now. Inside tenant(). Raises PutlerError."""
    own = views_of(form.account, user)
    query = form.asked_query
    if own.filter(name=name).update(query=query):
        return own.get(name=name)
    if own.count() >= MOST:
        raise PutlerError(f"There are {MOST} views already. Delete one first.")
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                account=form.account, user=user, name=name, path=reverse("transactions"), query=query
            )
    except IntegrityError as error:  # the same was sent twice at once
        raise PutlerError("This view is there already.") from error

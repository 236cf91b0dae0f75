"""Mails about sources: to the owners and administrators who want them, once, with a link and without figures."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from accounts.models import Role
from datasources.models import DataSource, ImportRun


def import_ended(source: DataSource, run: ImportRun) -> None:
    """Tell them that a long first import is done. Inside tenant(), so that it is sent only if that commits."""
    text = f"All of {source.name} has arrived in Putler: {run.rows_new:,} rows. See the figures: {_link('home')}"
    _tell(source, f"{source.name} is complete", text)


def connection_broke(source: DataSource) -> None:
    """Tell them that a source can no longer be read, and what to do."""
    text = f"{source.attention} Nothing is lost; connect it again and it goes on where it stopped: {_link('sources')}"
    _tell(source, f"{source.name} needs your attention", text)


def list_failed(source: DataSource, label: str, text: str) -> None:
    """Tell them that one list of a source went on failing while the others are read."""
    text = f"{label}: {text} All else is read, and nothing is lost: {_link('sources')}"
    _tell(source, f"{source.name} needs your attention", text)


def _tell(source: DataSource, subject: str, text: str) -> None:
    people = source.account.memberships.filter(
        role__in=(Role.OWNER, Role.ADMIN), expires_at=None, wants_source_mail=True, user__is_active=True
    )
    for address in people.order_by("pk").values_list("user__email", flat=True):
        send_mail(subject, text, None, [address])


def _link(name: str) -> str:
    return settings.PUBLIC_URL + reverse(name)

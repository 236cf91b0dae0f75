"""The one table of what is kept for a while only: the apps' own lists, what compliance keeps, and what the host does.

A daily job rings for each line of it. Pages and the record of processing print it; nothing else forgets by age.
"""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet

import accounts.retention
import datasources.retention
from accounts.models import Membership, Role
from compliance import access_log, endings
from compliance.agreements.flow import LINK_LIFE
from compliance.exporting import making
from compliance.models import DpaRequest, ErasureRequest, GrantAccess, PurgeReceipt
from compliance.models.access import LONGEST
from putler.retention import DAY, YEAR, Kept, Way, rows, rows_of_accounts

RECEIPTS: Final = 6 * YEAR
ERASURES: Final = 6 * YEAR
AGREEMENTS: Final = 6 * YEAR
LOOKS: Final = 2 * YEAR
GRACE: Final = 2 * DAY  # after which something that should be gone shows that the job does not run


def _old_receipts(now: datetime) -> QuerySet[PurgeReceipt]:
    return PurgeReceipt.objects.filter(ended_at__lte=now - RECEIPTS)


def _old_erasures(now: datetime) -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(done_at__lte=now - ERASURES)


def _old_agreements(now: datetime) -> QuerySet[DpaRequest]:
    return DpaRequest.objects.filter(changed_at__lte=now - AGREEMENTS)


def _unconfirmed(now: datetime) -> QuerySet[DpaRequest]:
    return DpaRequest.objects.filter(state=DpaRequest.State.ASKED, link_expires_at__lte=now)


def _old_looks(now: datetime) -> QuerySet[GrantAccess]:
    return GrantAccess.objects.filter(at__lt=now - LOOKS)


OWN = (
    Kept("ended-trials", "An account after its trial, whose owners are warned 30, 7 and 1 days before",
         endings.AFTER_TRIAL, "the end of the trial", Way(endings.end_trials, endings.overdue_trials)),
    Kept("unused-accounts", "An account that nobody signs in to, whose owners are warned 30, 7 and 1 days before",
         endings.UNUSED, "the last sign-in of a member", Way(endings.end_unused, endings.overdue_unused)),
    Kept("receipts", "Proofs of deletion", RECEIPTS, "the deletion",
         rows_of_accounts("accounts_with_old_receipts", _old_receipts)),
    Kept("erasures", "That an erasure was asked for, and its certificate", ERASURES, "the erasure",
         rows(_old_erasures), ("compliance.ErasureRequest",)),
    Kept("copies", "A copy of data that somebody asked for", making.LIFE, "the writing",
         Way(lambda now: making.remove_old(now=now), lambda now: making.over(now).count()),
         ("compliance.ExportRequest",)),
    Kept("copies-asked", "That a copy was asked for", making.KEPT, "the asking", rows(making.forgettable),
         ("compliance.ExportRequest",)),
    Kept("access-log", "What staff looked at, and who let them", LOOKS, "the look",
         Way(lambda now: access_log.shorten(), rows_of_accounts("accounts_looked_at", _old_looks).overdue),
         ("compliance.GrantAccess", "compliance.StaffAccessGrant", "compliance.BreakGlass")),
    Kept("support", "Memberships of staff whose time is over", LONGEST, "the permission",
         rows(lambda now: Membership.objects.filter(role=Role.SUPPORT, expires_at__lte=now))),
    Kept("agreements", "Agreements on data processing, with who signed", AGREEMENTS, "the last change",
         rows(_old_agreements), ("compliance.DpaRequest", "compliance.DpaDocument")),
    Kept("unconfirmed", "An agreement that was asked for from a mailbox which nobody confirmed", LINK_LIFE,
         "the asking", rows(_unconfirmed), ("compliance.DpaRequest", "compliance.DpaDocument")),
)  # fmt: skip
TABLE: Final[tuple[Kept, ...]] = (*accounts.retention.RETENTION, *datasources.retention.RETENTION, *OWN)
OF_THE_HOST: Final = (  # what no code of ours can see to: docs/operations.md asks it of whoever runs the site
    ("Log lines, with random ids alone", 30 * DAY),
    ("Backups of the database, encrypted", 30 * DAY),
)


def forget(slug: str, *, now: datetime) -> None:
    """Let go of what one line of the table says is past its time."""
    next(kept for kept in TABLE if kept.slug == slug).way.forget(now)


def overdue(*, now: datetime) -> dict[str, int]:
    """How much should have gone days ago and is still there, by the line of the table."""
    counts = {kept.slug: kept.way.overdue(now - GRACE) for kept in TABLE}
    return {slug: count for slug, count in counts.items() if count}

"""The life of a copy: asked for, made by a job, fetched by who asked for it, and gone after 72 hours or three times."""

import uuid
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from accounts.letters import send
from accounts.models import Account, Role, User
from compliance import request_letters
from compliance.exporting import files, tables, writing
from compliance.models import DOWNLOADS, ExportRequest
from datasources.models import Customer
from datasources.services import forgetting
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

LIFE: Final = timedelta(hours=72)
KEPT: Final = timedelta(days=90)  # that there was one
PATIENCE: Final = timedelta(minutes=11)  # longer than a job may run
TRIES: Final = 3
TASK: Final = "compliance.tasks.make_export"
Kind = ExportRequest.Kind
State = ExportRequest.State
MAY: Final = {Kind.ACCOUNT: (Role.OWNER,), Kind.CUSTOMER: (Role.OWNER, Role.ADMIN)}  # ask for it, and still fetch it


class OneAtATime(PutlerError):
    """The same is being made already."""


def ask(
    kind: Kind, *, user: User, now: datetime, account: Account | None = None, target: uuid.UUID | None = None
) -> ExportRequest:
    """Have a copy made. Raises OneAtATime."""
    whose = account.public_id if account else None
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        waiting = ExportRequest.objects.filter(user=user, kind=kind, account=whose, target=target)
        if waiting.filter(state__in=(State.WAITING, State.MAKING)).exists():
            raise OneAtATime("This is being written already. You get a mail once it is there.")
        request = ExportRequest.objects.create(kind=kind, account=whose, target=target, user=user, asked_at=now)
        _ring(request)
        detail = {"kind": kind.value}
        audit.record(
            Verb.EXPORTED, account_id=account.pk if account else None, subject=request, actor=user, detail=detail
        )
    return request


def make(request_id: int, *, now: datetime) -> ExportRequest | None:
    """Write the file; None where it is not to be made, or another job is at it. After three tries it is given up."""
    request = _claimed(request_id, now=now)
    if request is None:
        return None
    if request.tries > TRIES:
        _given_up(request)
        return request
    path = files.folder() / f"{uuid.uuid4().hex}.zip"
    what = f"{request.get_kind_display()}."
    about = writing.ABOUT.format(made=now, what=what, site=settings.PUBLIC_URL)
    writing.write(path, _parts(request), about=about, progress=lambda rows: _count(request, rows))
    with transaction.atomic():
        request.refresh_from_db()
        request.state, request.path, request.expires_at = State.READY, str(path), now + LIFE
        request.size = path.stat().st_size
        request.save(update_fields=["state", "path", "expires_at", "size"])
        send(request_letters.export_ready(), to=request.user.email)
    return request


def waiting(*, now: datetime) -> list[int]:
    """What is to be made, whose job got lost or died."""
    lost = Q(state=State.WAITING, asked_at__lt=now - PATIENCE) | Q(state=State.MAKING, touched_at__lt=now - PATIENCE)
    return list(ExportRequest.objects.filter(lost).values_list("pk", flat=True))


def open_for(user: User, public_id: uuid.UUID, *, now: datetime) -> tuple[ExportRequest, Path] | None:
    """The file for who asked for it and still may have it, counted as fetched; None for anybody else, or too late."""
    request = ExportRequest.objects.filter(user=user, public_id=public_id).first()
    if request is None or not _may_have(request):
        return None
    own = ExportRequest.objects.filter(pk=request.pk, state=State.READY, expires_at__gt=now, downloads__lt=DOWNLOADS)
    if not own.update(downloads=F("downloads") + 1):
        return None
    request.refresh_from_db()
    return request, Path(request.path)


def over(now: datetime) -> QuerySet[ExportRequest]:
    """Those whose file has been there long enough, or was fetched three times."""
    return ExportRequest.objects.filter(Q(expires_at__lte=now) | Q(downloads__gte=DOWNLOADS), state=State.READY)


def forgettable(now: datetime) -> QuerySet[ExportRequest]:
    """Those of which it need not be known any more that they were asked for."""
    return ExportRequest.objects.filter(asked_at__lte=now - KEPT, state__in=(State.GONE, State.FAILED))


def remove_old(*, now: datetime) -> None:
    """Delete the files whose time is over or that were fetched three times, and what jobs that died left behind."""
    for request in over(now):
        files.remove(request)
        request.state, request.path = State.GONE, ""
        request.save(update_fields=["state", "path"])
    kept = ExportRequest.objects.exclude(path="").values_list("path", flat=True)
    files.remove_forgotten(set(kept), now=now)


def _ring(request: ExportRequest) -> None:
    transaction.on_commit(partial(async_task, TASK, request.pk, cluster="long"))


def _claimed(request_id: int, *, now: datetime) -> ExportRequest | None:
    with transaction.atomic():
        request = ExportRequest.objects.select_for_update().filter(pk=request_id).first()
        if request is None or request.state not in (State.WAITING, State.MAKING):
            return None
        if request.state == State.MAKING and request.touched_at and request.touched_at > now - PATIENCE:
            return None
        request.state, request.touched_at, request.rows = State.MAKING, now, 0
        request.tries += 1
        request.save(update_fields=["state", "touched_at", "rows", "tries"])
        return request


def _count(request: ExportRequest, rows: int) -> None:
    ExportRequest.objects.filter(pk=request.pk).update(rows=F("rows") + rows)


def _given_up(request: ExportRequest) -> None:
    with transaction.atomic():
        request.state = State.FAILED
        request.save(update_fields=["state"])
        send(request_letters.export_failed(), to=request.user.email)


def _parts(request: ExportRequest) -> list[tables.Part]:
    if request.kind == Kind.USER:
        return tables.of_user(request.user)
    account = Account.objects.get(public_id=str(request.account))
    if request.kind == Kind.ACCOUNT:
        return tables.of_account(account)
    with tenant(account.pk):
        own = Customer.objects.filter(account_id=account.pk, public_id=str(request.target))
        return tables.of_customers(account, {pk for one in own for pk in forgetting.whole(one)})


def _may_have(request: ExportRequest) -> bool:
    """Whether their part in the account still allows it."""
    if request.kind == Kind.USER:
        return True
    memberships = request.user.memberships.filter(account__public_id=str(request.account), expires_at=None)
    return memberships.filter(role__in=MAY[Kind(request.kind)], sources=None).exists()

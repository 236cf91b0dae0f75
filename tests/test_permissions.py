"""Who gets what: every address, asked by everybody. An address that is not listed fails."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Invitation, Membership, Role, User
from analytics.goals import set_goal
from analytics.metrics.registry import METRICS
from analytics.models import Goal, SavedView
from analytics.urls import MetricConverter
from compliance.models import ErasureRequest, ExportRequest, PurgeReceipt, StaffAccessGrant, SubProcessor
from datasources.models import Customer, DataSource, Product, Transaction, Upload, UploadState
from datasources.urls import HookTokenConverter, ProviderConverter
from putler.kernel.periods import year_of
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

OK, TO, UP = HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
BAD, NO, GONE, POST_ONLY, GET_ONLY = 400, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, 405, 405
PEOPLE = ("anonymous", "alice", "bob", "charlie", "dora")  # owner, viewer, another account's owner, of no account

# (address, method) → status for each of PEOPLE, in order. Charlie asks with the ids of Alice's account.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("healthz", "get"): (OK, OK, OK, OK, OK),
    ("readyz", "get"): (503, 503, 503, 503, 503),  # no worker runs in tests
    ("account_signup", "get"): (OK, TO, TO, TO, TO),
    ("account_signup", "post"): (OK, TO, TO, TO, TO),
    ("confirm_sign_up", "get"): (TO, TO, TO, TO, TO),  # nothing waits for a code
    ("confirm_sign_up", "post"): (TO, TO, TO, TO, TO),
    ("send_code_again", "get"): (POST_ONLY,) * 5,
    ("send_code_again", "post"): (TO, TO, TO, TO, TO),
    ("start", "get"): (TO, TO, TO, TO, OK),
    ("start", "post"): (TO, TO, TO, TO, OK),
    ("settings", "get"): (TO, TO, OK, TO, TO),
    ("settings", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("business", "get"): (TO, OK, NO, OK, TO),
    ("team", "get"): (TO, OK, OK, OK, TO),
    ("team", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("leave_team", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("leave_team", "post"): (TO, TO, TO, TO, TO),
    ("invite", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("invite", "post"): (TO, UP, NO, UP, TO),  # without an address
    ("invite_again", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("invite_again", "post"): (TO, TO, NO, GONE, TO),
    ("withdraw_invitation", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("withdraw_invitation", "post"): (TO, TO, NO, GONE, TO),
    ("member", "get"): (TO, OK, NO, GONE, TO),
    ("member", "post"): (TO, UP, NO, GONE, TO),  # without a role
    ("remove_member", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("remove_member", "post"): (TO, TO, NO, GONE, TO),
    ("hand_over", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("hand_over", "post"): (TO, TO, NO, GONE, TO),
    ("profile", "get"): (TO, OK, OK, OK, TO),
    ("profile", "post"): (TO, UP, UP, UP, TO),  # without a name
    ("notifications", "get"): (TO, OK, OK, OK, TO),
    ("notifications", "post"): (TO, TO, TO, TO, TO),
    ("trial", "get"): (TO, OK, OK, OK, TO),
    ("trial", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("new_account", "get"): (TO, OK, OK, OK, TO),
    ("new_account", "post"): (TO, OK, OK, OK, TO),  # without a name: the form again
    ("switch_account", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("switch_account", "post"): (TO, TO, TO, GONE, GONE),
    ("invitation_key", "get"): (GONE,) * 5,  # a token that was never mailed
    ("invitation_key", "post"): (GET_ONLY,) * 5,
    ("invitation", "get"): (GONE,) * 5,  # nobody opened a link
    ("invitation", "post"): (GONE,) * 5,
    ("access", "get"): (TO, OK, NO, OK, TO),
    ("access", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("open_access", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("open_access", "post"): (TO, UP, NO, UP, TO),  # without an address
    ("decide_access", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("decide_access", "post"): (TO, BAD, NO, GONE, TO),  # without terms
    ("revoke_access", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("revoke_access", "post"): (TO, TO, NO, GONE, TO),
    ("access_log", "get"): (TO, OK, NO, OK, TO),
    ("access_log", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("export_access_log", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("export_access_log", "post"): (TO, OK, NO, OK, TO),
    ("business", "post"): (TO, UP, NO, UP, TO),  # without a name
    ("recomputing", "get"): (TO, OK, OK, OK, TO),
    ("recomputing", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("account_reset_password", "get"): (OK,) * 5,
    ("account_reset_password", "post"): (OK,) * 5,
    ("account_reset_password_done", "get"): (OK,) * 5,
    ("account_reset_password_done", "post"): (GET_ONLY,) * 5,
    ("account_reset_password_from_key", "get"): (OK,) * 5,
    ("account_reset_password_from_key", "post"): (OK,) * 5,
    ("account_reset_password_from_key_done", "get"): (OK,) * 5,
    ("account_reset_password_from_key_done", "post"): (GET_ONLY,) * 5,
    ("security_txt", "get"): (OK,) * 5,
    ("security_txt", "post"): (GET_ONLY,) * 5,
    ("disclosure", "get"): (OK,) * 5,
    ("disclosure", "post"): (GET_ONLY,) * 5,
    ("promises", "get"): (OK,) * 5,
    ("promises", "post"): (GET_ONLY,) * 5,
    ("terms", "get"): (OK,) * 5,
    ("terms", "post"): (GET_ONLY,) * 5,
    ("privacy", "get"): (OK,) * 5,
    ("privacy", "post"): (GET_ONLY,) * 5,
    ("inbox", "get"): (OK,) * 5,
    ("inbox", "post"): (GET_ONLY,) * 5,
    ("inbox_letter", "get"): (GONE,) * 5,
    ("inbox_letter", "post"): (GET_ONLY,) * 5,
    ("account_login", "get"): (OK, TO, TO, TO, TO),
    ("account_login", "post"): (OK, TO, TO, TO, TO),
    ("account_logout", "get"): (POST_ONLY,) * 5,
    ("account_logout", "post"): (TO, TO, TO, TO, TO),
    ("second_factor", "get"): (TO,) * 5,  # nobody typed a password
    ("second_factor", "post"): (TO,) * 5,
    ("security", "get"): (TO, OK, OK, OK, OK),
    ("security", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("second_factor_app", "get"): (TO, OK, OK, OK, OK),
    ("second_factor_app", "post"): (TO, OK, OK, OK, OK),  # nothing was begun
    ("begin_second_factor_app", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("begin_second_factor_app", "post"): (TO,) * 5,
    ("remove_second_factor", "get"): (TO,) * 5,  # nobody has one
    ("remove_second_factor", "post"): (TO,) * 5,
    ("recovery_codes", "get"): (TO,) * 5,
    ("recovery_codes", "post"): (TO,) * 5,
    ("remind_of_second_factor_later", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("remind_of_second_factor_later", "post"): (TO,) * 5,
    ("demand_second_factor", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("demand_second_factor", "post"): (TO, TO, NO, TO, TO),
    ("change_password", "get"): (TO, OK, OK, OK, OK),
    ("change_password", "post"): (TO, UP, UP, UP, UP),
    ("change_email", "get"): (TO, OK, OK, OK, OK),
    ("change_email", "post"): (TO, UP, UP, UP, UP),
    ("drop_email", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("drop_email", "post"): (TO,) * 5,
    ("confirm_email", "get"): (TO,) * 5,
    ("confirm_email", "post"): (GET_ONLY,) * 5,
    ("use_email", "get"): (TO, GONE, GONE, GONE, GONE),  # no link was followed
    ("use_email", "post"): (TO, GONE, GONE, GONE, GONE),
    ("sessions", "get"): (TO, OK, OK, OK, OK),
    ("sessions", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("end_other_sessions", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("end_other_sessions", "post"): (TO,) * 5,
    ("end_session", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("end_session", "post"): (TO, GONE, GONE, GONE, GONE),
    ("sudo", "get"): (TO,) * 5,  # everybody just proved who they are
    ("sudo", "post"): (TO, BAD, BAD, BAD, BAD),
    ("audit_log", "get"): (TO, OK, NO, OK, TO),
    ("audit_log", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("export_audit_log", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("export_audit_log", "post"): (TO, OK, NO, OK, TO),
    ("home", "get"): (TO, OK, OK, OK, TO),
    ("home", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("sales", "get"): (TO, OK, OK, OK, TO),
    ("sales", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("sales_file", "get"): (TO, GONE, GONE, GONE, TO),  # without the name of a table
    ("sales_file", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("customers", "get"): (TO, OK, OK, OK, TO),
    ("customers", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("customer_list", "get"): (TO, OK, OK, OK, TO),
    ("customer_list", "post"): (TO, OK, OK, OK, TO),
    ("customer_file", "get"): (TO, OK, OK, OK, TO),
    ("customer_file", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("customer", "get"): (TO, OK, OK, GONE, TO),
    ("customer", "post"): (TO, OK, OK, GONE, TO),
    ("products", "get"): (TO, OK, OK, OK, TO),
    ("products", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("product_file", "get"): (TO, OK, OK, OK, TO),
    ("product_file", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("product", "get"): (TO, OK, OK, GONE, TO),
    ("product", "post"): (TO, OK, OK, GONE, TO),
    ("transactions", "get"): (TO, OK, OK, OK, TO),
    ("transactions", "post"): (TO, OK, OK, OK, TO),
    ("rows_file", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("rows_file", "post"): (TO, OK, OK, OK, TO),
    ("save_view", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("save_view", "post"): (TO, TO, TO, TO, TO),  # without a name
    ("delete_view", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("delete_view", "post"): (TO, TO, GONE, GONE, TO),  # Alice's own
    ("insights", "get"): (TO, OK, OK, OK, TO),
    ("insights", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("new_goal", "get"): (TO, OK, NO, OK, TO),
    ("new_goal", "post"): (TO, UP, NO, UP, TO),  # of nothing
    ("goal", "get"): (TO, OK, NO, GONE, TO),
    ("goal", "post"): (TO, UP, NO, GONE, TO),  # without a target
    ("delete_goal", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("delete_goal", "post"): (TO, TO, NO, GONE, TO),
    ("metrics", "get"): (TO, OK, OK, OK, TO),
    ("metrics", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("metric", "get"): (TO, OK, OK, OK, TO),
    ("metric", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("sources", "get"): (TO, OK, OK, OK, TO),
    ("sources", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("connect", "get"): (TO, OK, NO, OK, TO),
    ("connect", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("connect_consent", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("connect_consent", "post"): (TO, TO, NO, TO, TO),
    ("connect_callback", "get"): (TO, TO, NO, TO, TO),
    ("connect_callback", "post"): (GET_ONLY,) * 5,
    ("connect_key", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("connect_key", "post"): (TO, UP, NO, UP, TO),  # without a key
    ("merge_customer", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("merge_customer", "post"): (TO, GONE, NO, GONE, TO),  # into nobody
    ("part_customer", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("part_customer", "post"): (TO, TO, NO, GONE, TO),
    ("merge_product", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("merge_product", "post"): (TO, GONE, NO, GONE, TO),
    ("part_product", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("part_product", "post"): (TO, GONE, NO, GONE, TO),
    ("exclude_customers", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("exclude_customers", "post"): (TO, TO, NO, TO, TO),
    ("include_customers", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("include_customers", "post"): (TO, GONE, NO, GONE, TO),
    ("source", "get"): (TO, OK, OK, GONE, TO),
    ("source", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("pause_source", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("pause_source", "post"): (TO, TO, NO, GONE, TO),
    ("resume_source", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("resume_source", "post"): (TO, TO, NO, GONE, TO),
    ("restore_source", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("restore_source", "post"): (TO, TO, NO, GONE, TO),
    ("read_source_again", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("read_source_again", "post"): (TO, UP, NO, GONE, TO),  # without days
    ("unlink_source", "get"): (TO, OK, NO, GONE, TO),
    ("unlink_source", "post"): (TO, TO, NO, GONE, TO),
    ("delete_source", "get"): (TO, TO, NO, GONE, TO),  # of a source that is linked
    ("delete_source", "post"): (TO, TO, NO, GONE, TO),
    ("duplicates", "get"): (TO, OK, OK, OK, TO),
    ("duplicates", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("decide_duplicate", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("decide_duplicate", "post"): (TO, 400, NO, GONE, TO),  # without the other row
    ("source_months", "get"): (TO, OK, OK, GONE, TO),
    ("source_months", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("source_month_rows", "get"): (TO, TO, TO, GONE, TO),  # without a line
    ("source_month_rows", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("reconciliation", "get"): (TO, OK, OK, OK, TO),
    ("reconciliation", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("receipts", "get"): (TO, OK, OK, OK, TO),
    ("receipts", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("receipt", "get"): (TO, OK, OK, GONE, TO),
    ("receipt", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("receipt_of", "get"): (TO, TO, TO, GONE, TO),
    ("receipt_of", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("privacy_settings", "get"): (TO, OK, OK, OK, OK),
    ("privacy_settings", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("erase_subject", "get"): (TO, OK, NO, OK, TO),
    ("erase_subject", "post"): (TO, UP, NO, UP, TO),  # nobody named
    ("erase_customer", "get"): (TO, OK, NO, GONE, TO),
    ("erase_customer", "post"): (TO, TO, NO, GONE, TO),
    ("erasure", "get"): (TO, OK, GONE, GONE, GONE),
    ("erasure", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("erase_me", "get"): (TO, OK, OK, OK, OK),
    ("erase_me", "post"): (TO, UP, TO, UP, TO),  # of the last owners, nobody
    ("close_account", "get"): (TO, OK, NO, OK, TO),
    ("close_account", "post"): (TO, UP, NO, UP, TO),  # without its name
    ("keep_account", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("keep_account", "post"): (TO, TO, NO, TO, TO),
    ("asked_by_mail", "get"): (TO, GONE, GONE, GONE, GONE),  # what is done already
    ("asked_by_mail", "post"): (TO, GONE, GONE, GONE, GONE),
    ("ask_export", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("ask_export", "post"): (TO, TO, TO, TO, TO),
    ("export_customer", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("export_customer", "post"): (TO, TO, NO, GONE, TO),
    ("export_file", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("export_file", "post"): (TO, OK, GONE, GONE, GONE),  # of Alice, for her alone
    ("stop_erasure", "get"): (GONE,) * 5,  # none that waits
    ("stop_erasure", "post"): (GONE,) * 5,
    ("certificate", "get"): (OK,) * 5,
    ("certificate", "post"): (GET_ONLY,) * 5,
    ("certificate_json", "get"): (OK,) * 5,
    ("certificate_json", "post"): (GET_ONLY,) * 5,
    ("certificate_pdf", "get"): (OK,) * 5,
    ("certificate_pdf", "post"): (GET_ONLY,) * 5,
    ("dpa", "get"): (OK,) * 5,
    ("dpa", "post"): (UP,) * 5,  # without a company
    ("dpa_text", "get"): (OK,) * 5,
    ("dpa_text", "post"): (GET_ONLY,) * 5,
    ("agreement_key", "get"): (TO,) * 5,  # to the page that says whether the link is good
    ("agreement_key", "post"): (GET_ONLY,) * 5,
    ("agreement", "get"): (GONE,) * 5,  # nobody followed a link
    ("agreement", "post"): (GET_ONLY,) * 5,
    ("confirm_agreement", "get"): (POST_ONLY,) * 5,
    ("confirm_agreement", "post"): (GONE,) * 5,
    ("sign_agreement", "get"): (POST_ONLY,) * 5,
    ("sign_agreement", "post"): (GONE,) * 5,
    ("agreement_file", "get"): (GONE,) * 5,
    ("agreement_file", "post"): (GET_ONLY,) * 5,
    ("subprocessors", "get"): (OK,) * 5,
    ("subprocessors", "post"): (GET_ONLY,) * 5,
    ("object_to", "get"): (TO, OK, NO, OK, TO),
    ("object_to", "post"): (TO, UP, NO, UP, TO),  # without a reason
    ("remove_source", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("remove_source", "post"): (TO, TO, NO, GONE, TO),
    ("source_hook", "get"): (TO, GONE, NO, GONE, TO),  # of a file's source: nobody rings for it
    ("source_hook", "post"): (TO, GONE, NO, GONE, TO),
    ("hook", "get"): (POST_ONLY,) * 5,
    ("hook", "post"): (GONE,) * 5,  # nobody's address
    ("files", "get"): (TO, OK, OK, OK, TO),
    ("files", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("file_format", "get"): (TO, OK, OK, OK, TO),
    ("upload_file", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("upload_file", "post"): (TO, TO, NO, TO, TO),
    ("file", "get"): (TO, OK, OK, GONE, TO),
    ("file", "post"): (TO, GET_ONLY, GET_ONLY, GET_ONLY, GET_ONLY),
    ("file_reading", "get"): (TO, TO, NO, GONE, TO),  # of a file in Putler's own format, there is nothing to say
    ("file_reading", "post"): (TO, TO, NO, GONE, TO),
    ("decide_file", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("decide_file", "post"): (TO, TO, NO, GONE, TO),
    ("delete_file", "get"): (TO, POST_ONLY, POST_ONLY, POST_ONLY, POST_ONLY),
    ("delete_file", "post"): (TO, TO, NO, GONE, TO),
}
OPEN = {
    "account_logout",
    "confirm_sign_up",
    "send_code_again",
    "second_factor",
    "agreement_key",
}  # whoever asks is sent on, not to the sign-in


class World(NamedTuple):
    """Alice's account with one of everything."""

    account: Account
    upload: Upload
    customer: Customer
    product: Product
    row: Transaction
    source: DataSource
    invitation: Invitation
    bob: Membership
    receipt: PurgeReceipt
    goal: Goal
    view: SavedView
    erasure: ErasureRequest
    export: ExportRequest
    grant: StaffAccessGrant


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    settings.UPLOADS, settings.INBOX = tmp_path, tmp_path / "inbox"
    users = {name: make.user(name) for name in PEOPLE[1:]}
    account, other = make.account(), make.account("Another shop")
    make.member(account, users["alice"], Role.OWNER)
    make.member(account, users["bob"], Role.VIEWER)
    make.member(other, users["charlie"], Role.OWNER)
    make.source(other)
    source = make.source(account, "alices-stripe", is_test=True)
    make.post(source, make.movement(customer="ann@example.com", lines="TEE 1 1000"))
    with tenant(account.pk):
        state, path = UploadState.WAITING, str(tmp_path / "waiting.csv")
        upload = Upload.objects.create(account=account, name="my.csv", path=path, preset="ledger", state=state)
        customer, row = Customer.objects.get(account=account), Transaction.objects.get(account=account)
        product = Product.objects.get(account=account)
        said = {"what": "source", "provider": "csv", "asked_at": make.NOW, "started_at": make.NOW, "before": {}}
        receipt = PurgeReceipt.objects.create(account=account, subject=uuid.uuid4(), **said)
        invitation = make.invitation(account, by=users["alice"])
        bob = account.memberships.get(user=users["bob"])
        goal = set_goal(account, metric="orders", period=year_of(make.NOW.date(), account.zone), target=Decimal(9))
        view = SavedView.objects.create(account=account, user=users["alice"], name="mine", path="/transactions/")
        erasure = ErasureRequest.objects.create(
            kind="subject", account=account.public_id, target=customer.public_id, asked_by="site", due_at=make.NOW,
            done_at=make.NOW, before={"Places": 1}, after={"Places": 0},
        )  # fmt: skip
        (tmp_path / "copy.zip").write_bytes(b"PK")
        export = ExportRequest.objects.create(
            kind="user", user=users["alice"], state="ready", path=str(tmp_path / "copy.zip"),
            expires_at=timezone.now() + timedelta(hours=1),
        )  # fmt: skip
        asked = {"staff": users["dora"], "scope": "figures", "reason": "x", "ticket": "x", "asked_at": timezone.now()}
        grant = StaffAccessGrant.objects.create(account=account, **asked)
        people = (source, invitation, bob, receipt, goal, view, erasure, export, grant)
        return World(account, upload, customer, product, row, *people)


@pytest.fixture
def ask(world: World, client: Client) -> "Ask":
    return Ask(world, client)


class Ask:
    """Asks for an address as somebody."""

    def __init__(self, world: World, client: Client) -> None:
        self.world, self.client = world, client

    def __call__(self, who: str, name: str, method: str, **headers: str) -> Any:
        self.enter(who)
        return self.send(name, method, **headers)

    def enter(self, who: str) -> "Ask":
        """Sign somebody in, just now."""
        if who != "anonymous":
            self.client.force_login(_user(who))
            make.prove(self.client, _user(who))
        return self

    def send(self, name: str, method: str, **headers: str) -> Any:
        """Ask as whoever is signed in."""
        ids = self._parts(name)
        body = {"decision": "discard"}
        if name == "upload_file":
            body = {"file": SimpleUploadedFile("my.csv", b"source\n")}  # type: ignore[dict-item]
        arguments = {"data": body} if method == "post" else {}
        return getattr(self.client, method)(reverse(name, kwargs=ids), headers=headers, **arguments)

    def _parts(self, name: str) -> dict[str, Any]:
        """What the address names: something of Alice's account."""
        world, strangers = self.world, {"uidb36": uuid.uuid4().hex, "key": "no-token"}
        ids: dict[str, Any] = {
            "decide_duplicate": world.row,
            **dict.fromkeys(("goal", "delete_goal"), world.goal),
            "delete_view": world.view,
            **dict.fromkeys(("decide_access", "revoke_access"), world.grant),
            "object_to": SubProcessor.objects.get(),
            "receipt": world.receipt,
            **dict.fromkeys(("erasure", "asked_by_mail", "stop_erasure"), world.erasure),
            **dict.fromkeys(("certificate", "certificate_json", "certificate_pdf"), world.erasure),
            "export_file": world.export,
            **dict.fromkeys(("erase_customer", "export_customer"), world.customer),
            "read_source_again": world.source,
            **dict.fromkeys(("source_hook", "source_months", "source_month_rows"), world.source),
            **dict.fromkeys(("member", "remove_member", "hand_over"), world.bob),
            **dict.fromkeys(("invite_again", "withdraw_invitation"), world.invitation),
            "switch_account": world.account,
            "customer": world.customer,
            "product": world.product,
        }
        named: dict[str, dict[str, Any]] = {
            "account_reset_password_from_key": strangers,
            "receipt_of": {"public_id": world.receipt.subject},
            "hook": {"token": "x" * 43},
            **dict.fromkeys(("confirm_email", "agreement_key"), {"key": "x" * 43}),
            "dpa_text": {"law": "IE"},
            "agreement_file": {"kind": "final"},
            "metric": {"slug": "net_sales"},
            "invitation_key": {"key": f"{uuid.uuid4().hex}-{'x' * 43}"},
            **{name: {"public_id": row.public_id} for name, row in ids.items()},
        }
        if name.startswith("connect"):
            return {"slug": "stripe"}
        if name == "source" or name.endswith("_source"):
            return {"public_id": world.source.public_id}
        if name.split("_")[0] in {"merge", "part", "include"}:
            return {"public_id": world.customer.public_id}
        return named.get(name) or ({"public_id": world.upload.public_id} if _wants_id(name) else {})


def asked(world: World, cookies: SimpleCookie, name: str, method: str) -> int:
    """The status that somebody gets, in a browser of their own that holds these cookies."""
    client = Client()
    client.cookies = SimpleCookie(cookies.output(attrs=[], header="", sep=";"))
    return int(Ask(world, client).send(name, method).status_code)


def undone(ask: Callable[[], int]) -> int:
    """What is answered; whatever it did is undone for the next who asks."""
    before = transaction.savepoint()
    try:
        return ask()
    finally:
        transaction.savepoint_rollback(before)


def _user(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def _wants_id(name: str) -> bool:
    return name in {"file", "file_reading", "decide_file", "delete_file", "inbox_letter", "end_session"}


def addresses(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == "admin":
            continue  # tests/accounts/test_staff.py has a table of its own
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def test_every_address_is_listed() -> None:
    names = {str(pattern.name) for pattern in addresses(get_resolver().url_patterns)}

    assert names == {name for name, _ in TABLE}


@pytest.mark.rule("Z1")
def test_everybody_gets_what_the_table_says(world: World) -> None:
    sessions = [Ask(world, Client()).enter(who).client.cookies for who in PEOPLE]
    found = {case: tuple(undone(partial(asked, world, cookies, *case)) for cookies in sessions) for case in TABLE}

    assert {case: got for case, got in found.items() if got != TABLE[case]} == {}


@pytest.mark.rule("Z1")
def test_nobody_is_sent_to_the_sign_in(world: World) -> None:
    gated = [case for case, answers in TABLE.items() if answers[0] == TO and case[0] not in OPEN]
    found = {case: Ask(world, Client())("anonymous", *case)["Location"] for case in gated}

    assert {case: got for case, got in found.items() if not got.startswith("/login/")} == {}


@pytest.mark.rule("Z2")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "upload"}])
@pytest.mark.parametrize(("name", "method"), [("file", "get"), ("decide_file", "post"), ("delete_file", "post")])
def test_a_stranger_with_the_id_of_a_file_finds_nothing(
    ask: Ask, name: str, method: str, headers: dict[str, str]
) -> None:
    answer = ask("charlie", name, method, **headers)

    assert answer.status_code == GONE
    with tenant(ask.world.account.pk):
        ask.world.upload.refresh_from_db()
    assert ask.world.upload.state == UploadState.WAITING


@pytest.mark.rule("Z2")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("parameter", ["customer", "after"])
def test_a_stranger_with_the_id_of_a_customer_or_a_row_finds_nothing(
    world: World, client: Client, parameter: str, headers: dict[str, str]
) -> None:
    ids = {"customer": str(world.customer.public_id), "after": str(world.row.public_id)}
    client.force_login(_user("charlie"))

    assert client.get("/transactions/", {parameter: ids[parameter]}, headers=headers).status_code == GONE


@pytest.mark.rule("Z2")
def test_a_stranger_with_the_id_of_a_customer_cannot_page_by_it(world: World, client: Client) -> None:
    client.force_login(_user("charlie"))

    assert client.get("/customers/list/", {"after": str(world.customer.public_id)}).status_code == GONE


@pytest.mark.rule("Z2")
@pytest.mark.parametrize("page", ["/", "/transactions/", "/customers/list/", "/products/"])
def test_a_strangers_source_is_as_unknown_as_one_that_never_was(world: World, client: Client, page: str) -> None:
    client.force_login(_user("charlie"))

    answers = [client.get(page, {"sources": str(source)}) for source in (world.source.public_id, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [OK, OK]
    assert ["“sources” is none that is known here" in answer.content.decode() for answer in answers] == [True, True]
    assert "alices-stripe" not in answers[0].content.decode()


@pytest.mark.rule("Z2")
def test_addresses_hold_random_ids_and_known_providers_only() -> None:
    found = {
        converter
        for pattern in addresses(get_resolver().url_patterns)
        for converter in pattern.pattern.converters.values()
    }

    assert {type(converter) for converter in found} == {
        UUIDConverter,
        MetricConverter,
        ProviderConverter,
        HookTokenConverter,
    }
    assert ProviderConverter.regex == "stripe"
    assert set(MetricConverter.regex.split("|")) == METRICS.keys()


@pytest.mark.rule("Z2")
@pytest.mark.parametrize("source", ["of another account", "never was", "no id"])
def test_a_strangers_source_cannot_be_connected_again(world: World, client: Client, source: str) -> None:
    ids = {"of another account": str(world.source.public_id), "never was": str(uuid.uuid4())}
    client.force_login(_user("charlie"))
    make.prove(client, _user("charlie"))

    answers = [
        client.get("/sources/connect/stripe/", {"source": ids.get(source, "x")}),
        client.post("/sources/connect/stripe/consent/", {"source": ids.get(source, "x")}),
        client.post("/sources/connect/stripe/key/", {"source": ids.get(source, "x"), "key": "rk_test_x"}),
    ]

    assert [answer.status_code for answer in answers] == [GONE] * 3


@pytest.mark.rule("X3")
@pytest.mark.parametrize("name", ["home", "transactions", "sources", "connect", "files", "file"])
def test_signed_in_pages_are_kept_nowhere(ask: Ask, name: str) -> None:
    answer: HttpResponse = ask("alice", name, "get")

    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.rule("X3")
def test_signing_out_clears_what_the_browser_keeps(ask: Ask) -> None:
    assert ask("alice", "account_logout", "post")["Clear-Site-Data"] == '"cache", "storage"'

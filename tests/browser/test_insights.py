"""What people see of insights, definitions and transactions, at both widths and in both schemes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.browser.conftest import OWNER, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_insights_and_definitions_have_no_fault(looking: Visitor) -> None:
    now = timezone.now()
    days = [*range(0, 130, 3), 1, 1, 1, 1, 1, 1]
    drafts = [make.movement("10.00 EUR", f"{now - timedelta(day, hours=1):%Y-%m-%d %H:%M}") for day in days]
    source = make.source(looking.account)
    make.post(source, *drafts)
    make.follow(looking.account)
    looking.be(OWNER)
    for path in ("/insights/", "/insights/goals/", "/metrics/", "/metrics/aov/", "/transactions/?kind=sale"):
        looking.inspect(path)
    months = f"/sources/{source.public_id}/months/"
    looking.inspect(months, "/sources/reconciliation/", "/customers/list/")
    looking.open(months)
    looking.page.get_by_role("link", name="Net sales here").click()
    looking.page.wait_for_url("**/rows/**")
    looking.inspect_this()

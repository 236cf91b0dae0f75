"""What people see of insights, definitions and transactions, at both widths and in both schemes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.browser.conftest import OWNER, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_insights_and_definitions_have_no_fault(visitor: Visitor, scheme: str, width: int) -> None:
    now = timezone.now()
    days = [*range(0, 130, 3), 1, 1, 1, 1, 1, 1]
    drafts = [make.movement("10.00 EUR", f"{now - timedelta(day, hours=1):%Y-%m-%d %H:%M}") for day in days]
    source = make.source(visitor.account)
    make.post(source, *drafts)
    make.follow(visitor.account)
    visitor.be(OWNER)
    visitor.look(scheme, width)
    for path in ("/insights/", "/insights/goals/", "/metrics/", "/metrics/aov/", "/transactions/?kind=sale"):
        visitor.inspect(path)
    months = f"/sources/{source.public_id}/months/"
    visitor.inspect(months, "/sources/reconciliation/", "/customers/list/")
    visitor.open(months)
    visitor.page.get_by_role("link", name="Net sales here").click()
    visitor.page.wait_for_url("**/rows/**")
    visitor.inspect_this()

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
    make.post(make.source(visitor.account), *drafts)
    make.follow(visitor.account)
    visitor.be(OWNER)
    visitor.look(scheme, width)
    for path in ("/insights/", "/insights/goals/", "/metrics/", "/metrics/aov/", "/transactions/?kind=sale"):
        visitor.inspect(path)

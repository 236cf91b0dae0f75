"""The page that says how to have a provider ring."""

import pytest

from datasources.models import DataSource
from datasources.services import hooks
from putler.tenancy import tenant
from tests import make
from tests.browser.conftest import OWNER, Visitor


@pytest.fixture
def source(visitor: Visitor) -> DataSource:
    """A source of Stripe that nobody rings for so far."""
    return make.source(visitor.account, "Alice’s Stripe", provider="stripe")


def test_the_page_is_fit_to_use(looking: Visitor, source: DataSource) -> None:
    looking.be(OWNER)
    looking.inspect(f"/sources/{source.public_id}/webhook/")
    looking.page.get_by_role("button", name="Make the address").click()
    looking.page.locator("#address").wait_for()
    looking.inspect_this()


def test_a_secret_that_is_none_is_told_so(visitor: Visitor, source: DataSource) -> None:
    with tenant(visitor.account.pk):
        hooks.hook_of(source)
    visitor.be(OWNER)
    visitor.open(f"/sources/{source.public_id}/webhook/")
    visitor.page.get_by_label("Signing secret").fill("sk_live_oops")
    visitor.page.get_by_role("button", name="Keep the secret").click()

    assert "those begin with whsec_" in visitor.page.get_by_role("alert").inner_text()
    visitor.complaints.clear()  # the browser tells of the status
    visitor.inspect_this()

"""Every page, empty, filled and in error, light and dark, wide and narrow: nothing to complain about."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, User
from datasources import tasks
from datasources.models import Upload
from putler.tenancy import tenant

SAMPLE = Path(__file__).resolve().parents[2] / "static" / "sample-ledger.csv"
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1440, 390)]
look = pytest.mark.parametrize(("scheme", "width"), LOOKS)
SignIn = Callable[[User], None]


@pytest.fixture
def inspect(page: Page, live_server: LiveServer, complaints: list[str]) -> Callable[..., None]:
    """Open pages and look for faults: by axe, sideways scrolling, and (`page` itself) console and CSP."""

    def inspected(scheme: str, width: int, *paths: str, status: int = 200) -> None:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            answer = page.goto(live_server.url + path)
            assert answer is not None
            assert answer.status == status, path
            if status >= 400:
                complaints[:] = [text for text in complaints if f"status of {status}" not in text]
            found = Axe().run(page).response["violations"]
            assert not found, (path, [(fault["id"], fault["nodes"][0]["html"]) for fault in found])
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"

    return inspected


def handed_in(account: Account, folder: Path, text: str) -> Upload:
    path = folder / "handed-in.csv"
    path.write_text(text, encoding="utf-8")
    with tenant(account.pk):
        upload = Upload.objects.create(account=account, name="a file with a long name.csv", path=str(path), preset="ledger")
    tasks.work_on_upload(account.pk, upload.pk)
    return upload


@look
def test_pages_of_nobody(inspect: Callable[..., None], scheme: str, width: int) -> None:
    inspect(scheme, width, "/login/", "/")
    inspect(scheme, width, "/no-such-page/", status=404)


@look
def test_pages_of_an_empty_account(
    inspect: Callable[..., None], sign_in: SignIn, alice: User, scheme: str, width: int
) -> None:
    sign_in(alice)
    inspect(scheme, width, "/", "/transactions/", "/transactions/?metric=orders", "/files/", "/files/format/")


@look
def test_pages_of_a_filled_account(
    inspect: Callable[..., None], sign_in: SignIn, account: Account, alice: User, work: Callable[[], None],
    tmp_path: Path, scheme: str, width: int,
) -> None:  # fmt: skip
    upload = handed_in(account, tmp_path, SAMPLE.read_text(encoding="utf-8"))
    work()
    sign_in(alice)
    range_ = "from=2026-06-01&to=2026-08-31"
    rows = (f"/transactions/?{range_}", f"/transactions/?metric=net_sales&{range_}", f"/transactions/?metric=aov&{range_}")
    inspect(scheme, width, "/?period=all", f"/?{range_}&currency=USD", *rows, "/files/", f"/files/{upload.public_id}/")


@look
def test_pages_in_error(
    inspect: Callable[..., None], sign_in: SignIn, account: Account, viewer: User, alice: User, tmp_path: Path,
    work: Callable[[], None], scheme: str, width: int,
) -> None:  # fmt: skip
    lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    bad = handed_in(account, tmp_path, "".join([*lines[:9], lines[9].replace("EUR", "EURO"), lines[10][:30] + "\n"]))
    unreadable = handed_in(account, tmp_path, "no,ledger\n")
    work()
    sign_in(viewer)
    inspect(scheme, width, "/?period=never&from=x&to=y&sources=z&compare=w&currency=v", "/transactions/?by=day&group=x")
    inspect(scheme, width, f"/files/{bad.public_id}/", f"/files/{unreadable.public_id}/")
    sign_in(alice)
    inspect(scheme, width, f"/files/{bad.public_id}/", f"/files/{unreadable.public_id}/", "/files/")


@look
def test_rows_that_could_not_be_converted_are_named(
    inspect: Callable[..., None], page: Page, sign_in: SignIn, account: Account, alice: User, tmp_path: Path,
    work: Callable[[], None], scheme: str, width: int,
) -> None:  # fmt: skip
    header = "source,source_kind,external_id,kind,status,occurred_at,amount,currency\n"
    row = f"Stripe,gateway,ch-1,sale,settled,{timezone.now().isoformat()},10.00,USD\n"
    handed_in(account, tmp_path, header + row)
    work()
    sign_in(alice)
    inspect(scheme, width, "/")
    assert "1 row in USD not converted" in page.inner_text("main")

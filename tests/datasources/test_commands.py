"""The command line of datasources: what it prints, and what it answers when something is wrong."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from accounts.models import Account
from analytics.models import Generation, RollupTotal
from datasources.models import DataSource, Rate, Transaction
from putler.tenancy import tenant
from tests import make
from tests.datasources.test_uploads import ANN, BAD, BOB, HEADER

pytestmark = pytest.mark.django_db

REAL = Path(__file__).parent / "fixtures" / "online-retail.csv"


@pytest.fixture
def account() -> Account:
    return make.account()


def import_csv(account: Account, path: Path, *options: str) -> tuple[str, str]:
    """What it prints on stdout and on stderr."""
    out, error = io.StringIO(), io.StringIO()
    call_command(
        "import_csv", str(account.public_id), str(path), "--preset", "ledger", *options, stdout=out, stderr=error
    )
    return out.getvalue(), error.getvalue()


def test_an_import_returns_when_the_rollups_are_current(account: Account, tmp_path: Path) -> None:
    (file := tmp_path / "ledger.csv").write_text(HEADER + ANN + BOB)
    out, error = import_csv(account, file)

    assert (out, error) == ("", "2 lines read: 2 rows new, 0 changed, 0 refused, 0 of test mode left out.\n")
    with tenant(account.pk):
        assert Generation.objects.get(account=account, state="serving").current_at
        assert RollupTotal.objects.filter(account=account, grain="month").aggregate(n=Sum("orders"))["n"] == 2
    assert file.exists()


def test_a_faulty_file_names_its_lines_imports_nothing_and_exits_with_one(account: Account, tmp_path: Path) -> None:
    (file := tmp_path / "ledger.csv").write_text(HEADER + ANN + BAD)
    error = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_csv", str(account.public_id), str(file), "--preset", "ledger", stderr=error)

    assert refused.value.returncode == 1
    assert "line 3: occurred_at is “yesterday”" in error.getvalue()
    with tenant(account.pk):
        assert not Transaction.objects.filter(account=account).exists()


def test_skip_bad_imports_the_rest(account: Account, tmp_path: Path) -> None:
    (file := tmp_path / "ledger.csv").write_text(HEADER + ANN + BAD)
    _, error = import_csv(account, file, "--skip-bad")

    assert "1 rows new, 0 changed, 1 refused" in error


def test_source_puts_everything_into_one(account: Account, tmp_path: Path) -> None:
    (file := tmp_path / "ledger.csv").write_text(HEADER + ANN)
    import_csv(account, file, "--source", "Old shop")

    with tenant(account.pk):
        assert DataSource.objects.get(account=account).name == "Old shop"


@pytest.mark.parametrize("account_id", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_account_is_said_to_be_unknown(tmp_path: Path, account_id: str) -> None:
    (file := tmp_path / "ledger.csv").write_text(HEADER + ANN)
    with pytest.raises(CommandError, match="no account") as refused:
        call_command("import_csv", account_id, str(file), "--preset", "ledger")

    assert refused.value.returncode == 2


def test_load_rates_reports_and_refuses(tmp_path: Path) -> None:
    (file := tmp_path / "rates.csv").write_text("date,currency,units_per_eur\n2026-03-02,USD,1.20\n")
    call_command("load_rates", str(file), stderr=(error := io.StringIO()))
    assert error.getvalue() == "1 rates loaded.\n"
    file.write_text("date,currency\n")

    with pytest.raises(CommandError, match="header"):
        call_command("load_rates", str(file))
    assert Rate.objects.count() == 1


def test_the_bundled_rates_are_loaded_into_an_empty_table_only() -> None:
    Rate.objects.create(currency="USD", on="2026-03-02", units_per_eur="1.20")
    call_command("update_rates", "--bundled")

    assert Rate.objects.count() == 1


def import_items(account: Account, path: Path, *options: str) -> str:
    error = io.StringIO()
    call_command("import_csv", str(account.public_id), str(path), "--preset", "line-items", *options, stderr=error)
    return error.getvalue()


def test_a_real_shops_file_needs_no_options() -> None:
    shop = make.account(currency="GBP", time_zone="Europe/London")

    assert import_items(shop, REAL).splitlines() == [
        "6 × sale: 2449.95 GBP",
        "2 × free: 0.00 GBP",
        "3 × refund: -53.41 GBP",
        "2 × adjustment: 0.00 GBP",
        "94 lines read: 13 rows new, 0 changed, 0 refused, 0 of test mode left out.",
    ]
    assert "0 rows new, 0 changed" in import_items(shop, REAL)


def test_what_a_file_does_not_tell_is_said_by_options(account: Account, tmp_path: Path) -> None:
    (file := tmp_path / "shop.csv").write_text("nr;when;what;how many;each\n1;01/02/2026;TEE;1;1,234\n")
    columns = ("order=nr", "date=when", "sku=what", "quantity=how many", "price=each")
    said = [option for column in columns for option in ("--column", column)]
    printed = import_items(account, file, *said, "--dates", "dmy", "--decimal", ",", "--currency", "KWD")

    assert "1 × sale: 1.234 KWD" in printed


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("--currency", "XXX"), 2),
        (("--zone", "Nowhere"), 2),
        (("--column", "colour=nr"), 2),
        (("--column", "sku=none"), 1),
    ],
)
def test_what_is_not_said_well_imports_nothing(
    account: Account, tmp_path: Path, options: tuple[str, ...], status: int
) -> None:
    (file := tmp_path / "shop.csv").write_text("nr,when,what,how many,each\n1,01/02/2026,TEE,1,5\n")
    with pytest.raises(CommandError) as refused:
        import_items(account, file, *options)

    assert refused.value.returncode == status
    with tenant(account.pk):
        assert not Transaction.objects.filter(account=account).exists()

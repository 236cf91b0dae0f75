"""Whose Stripe account a key opens. Source: https://docs.stripe.com/api/accounts/retrieve"""

import msgspec

from datasources.connectors.errors import NeedsReconnect, Rejected, Transient
from datasources.connectors.http import Http
from datasources.connectors.streams import Identity
from datasources.connectors.stripe.money import instant


class Profile(msgspec.Struct):
    name: str | None = None


class Dashboard(msgspec.Struct):
    display_name: str | None = None


class Settings(msgspec.Struct):
    dashboard: Dashboard | None = None


class Account(msgspec.Struct):
    id: str
    created: int | None = None
    business_profile: Profile | None = None
    settings: Settings | None = None


def identify(http: Http) -> Identity:
    """The account's id, name and first day; nothing of them where the key may read money but not the account."""
    try:
        account = msgspec.json.decode(http.get("/v1/account"), type=Account)
    except msgspec.DecodeError as error:  # whoever takes it for no right to ask connects the same account twice
        raise Transient("Its answer was cut off, or is not the account that was asked for.") from error
    except (NeedsReconnect, Rejected):
        http.get("/v1/balance_transactions", [("limit", "1")])  # raises where the key opens nothing at all
        return Identity()
    names = (
        account.settings and account.settings.dashboard and account.settings.dashboard.display_name,
        account.business_profile and account.business_profile.name,
    )
    name = next((name for name in names if name), None)
    return Identity(account.id, name and name[:200], instant(account.created) if account.created else None)

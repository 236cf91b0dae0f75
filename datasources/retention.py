"""What is kept for a while of what comes from outside."""

from datasources.models import HookEvent, OAuthState
from datasources.services.hooks import KEPT
from putler.retention import DAY, Kept, rows_of_accounts

CONSENTS = DAY

RETENTION = (
    Kept("consents", "A consent that was asked for", CONSENTS, "its end",
         rows_of_accounts("accounts_with_old_consents",
                          lambda now: OAuthState.objects.filter(expires_at__lte=now - CONSENTS)),
         ("datasources.OAuthState",)),
    Kept("hook-events", "The number of an event that a provider told", KEPT, "the event",
         rows_of_accounts("accounts_with_old_events", lambda now: HookEvent.objects.filter(received_at__lt=now - KEPT)),
         ("datasources.HookEvent",)),
)  # fmt: skip

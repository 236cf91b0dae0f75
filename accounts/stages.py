"""What stands between a right password and being signed in."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage, LoginStageController
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django_otp import user_has_device

from accounts.models import User

HASH = "session_hash"


class SecondFactorStage(LoginStage):
    """Holds up whoever has a second factor until a code of it is typed; till then they are nobody to every page."""

    key, urlname = "second_factor", "second_factor"

    def handle(self) -> tuple[HttpResponseRedirect | None, bool]:
        if not user_has_device(self.login.user):
            return None, True
        user: Any = self.login.user
        self.state[HASH] = user.get_session_auth_hash()
        self.request.session.cycle_key()
        return HttpResponseRedirect(reverse(self.urlname)), True


def pending(request: HttpRequest) -> Any:
    """The stage that waits for a code in this browser, None without any.

    A new password, or whatever else ends a user's sessions, ends sign-ins under way as well.
    """
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, SecondFactorStage.key)
    if stage is None:
        return None
    user = stage.login.user
    is_valid = isinstance(user, User) and user.is_active
    if is_valid and constant_time_compare(stage.state.get(HASH, ""), user.get_session_auth_hash()):
        return stage
    clear_login(request)
    return None

"""A stage of signing in for tests to name: allauth imports it by its path, when all of allauth is there."""

from allauth.account.stages import LoginStage
from django.http import HttpResponseRedirect


class HoldUp(LoginStage):
    """Holds everybody up on their way in."""

    key, urlname = "hold_up", "terms"

    def handle(self) -> tuple[HttpResponseRedirect, bool]:
        return HttpResponseRedirect("/terms/"), True

"""Signing out, choosing a new password, and the pages that anybody may read."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User

View = Callable[..., HttpResponse]


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = allauth.LogoutView.as_view()(request)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def private(view: Any, **fixed: Any) -> View:
    """One of allauth's views, kept nowhere and with its form's secrets hidden in error reports."""
    answering: View = sensitive_post_parameters()(view.as_view(**fixed))
    return login_not_required(never_cache(answering))


class NewPasswordView(allauth.PasswordResetFromKeyView):
    """Choosing a new password by the link of a mail; of two who send one at the same moment, one does."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, unless the link was used since this request looked at it."""
        with transaction.atomic():
            now = User.objects.select_for_update().get(pk=self.reset_user.pk)
            if now.password == self.reset_user.password:
                answer: HttpResponse = super().form_valid(form)
                return answer
        failed: HttpResponse = self.render_to_response(self.get_context_data(token_fail=True))
        return failed


sign_in = private(allauth.LoginView)
reset_password = private(allauth.PasswordResetView)
reset_password_done = private(allauth.PasswordResetDoneView, extra_context={"is_local": not settings.PRODUCTION})
reset_password_from_key = private(NewPasswordView)
reset_password_from_key_done = private(allauth.PasswordResetFromKeyDoneView)


@login_not_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/terms.html", {"version": settings.TERMS_VERSION, "days": settings.TRIAL_DAYS})

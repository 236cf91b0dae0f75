"""The staff's site: behind the second factor, and so made that it holds no customer's data.

It runs as the application without an account, so the tables behind the wall are empty here; of the others it shows the
fields that are listed, looks things up by their random ids, and answers no question about a field that is not listed.
"""

import json
import uuid
from functools import wraps
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_otp.admin import OTPAdminSite

from accounts import audit
from accounts.audit import Verb

SITE_ADDRESSES: Final = {"index", "login", "jsi18n", "app_list"}  # of Django's own; each model brings its pages
MODEL_ADDRESSES: Final = (
    *("_changelist", "_change", "_history"),
    *("_extend_trial", "_reset_second_factor", "_entering", "_ask_access", "_break_glass"),
    *("_enter", "_review", "_document"),
)


class PutlerAdminSite(OTPAdminSite):
    """For active staff with a second factor; others get 403, nobody the sign-in of everybody."""

    site_header = site_title = "Putler staff"
    index_title = "What staff can see"
    site_url = "/"
    final_catch_all_view = False
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this is a member of the staff who showed their second factor."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Refuse at once, rather than lead to a sign-in of its own."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return inner(request, *args, **kwargs) if self.has_permission(request) else self.login(request)

        return gated

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in. Raises PermissionDenied for who is signed in and may not enter."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"))

    def get_urls(self) -> list[Any]:
        """Keep the addresses that are needed: no passwords, no autocompletion, no ways out of the site."""
        urls = []
        for pattern in super().get_urls():
            nested = getattr(pattern, "url_patterns", None)
            if nested is not None:
                nested[:] = [each for each in nested if (each.name or "").endswith(MODEL_ADDRESSES)]
            if nested or getattr(pattern, "name", None) in SITE_ADDRESSES:
                urls.append(pattern)
        return urls


site = PutlerAdminSite(name="admin")  # type: ignore[no-untyped-call]


class ByPublicId(ChangeList):
    """A list whose links name rows by their random ids."""

    def url_for_result(self, result: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=(quote(result.public_id),))


class Shown(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that staff see: the fields listed, for reading; `changeable` names what they may change."""

    actions = None
    changeable: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load nothing of a row but what is listed."""
        return super().get_queryset(request).only("pk", "public_id", *self.columns)

    @property
    def columns(self) -> list[str]:
        """The listed fields that are columns."""
        known = {field.name for field in self.opts.concrete_fields}
        return [name for name in (*self.list_display, *(self.fields or ())) if name in known]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in self.fields or () if name not in self.changeable]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ByPublicId

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            return self.get_queryset(request).filter(public_id=uuid.UUID(object_id)).first()
        except ValueError:
            return None

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what a list's own filters ask: an address could else ask how a password's hash begins."""
        return lookup.partition("__")[0] in self.list_filter and lookup.count("__") <= 1

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.changeable) and site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001
        """Write what was changed, and nothing else of the row."""
        obj.save(update_fields=form.changed_data)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Note a change twice: in the admin's list, by the random id, and in the audit log."""
        fields = [name for part in message for name in part.get("changed", {}).get("fields", ())]
        entry = LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(obj),
            object_id=str(obj.public_id),
            object_repr=str(obj.public_id),
            action_flag=CHANGE,
            change_message=json.dumps(message),
        )
        audit.record(Verb.STAFF_CHANGED, account_id=None, subject=obj, detail={"fields": _names(fields)})
        return entry


def _names(labels: list[str]) -> list[str]:
    return [label.lower().replace(" ", "_") for label in labels]

"""What everybody may read: the promises with their evidence, and the privacy notice."""

from collections import Counter

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from compliance.evidence.base import State
from compliance.evidence.chapters import CHAPTERS, PROMISES
from compliance.evidence.promises import standing
from compliance.record import purposes
from compliance.retention import OF_THE_HOST, TABLE
from putler.personal import Whose
from putler.retention import span


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def promises(request: HttpRequest) -> HttpResponse:
    """Show each promise beside what keeps it and what was measured of it; rows alone are read."""
    now = timezone.now()
    kept = {one.promise.slug: one for one in standing(PROMISES, now=now)}
    counts = Counter(one.state for one in kept.values())
    seen = [reading.row.measured_at for one in kept.values() for reading in one.readings if reading.row]
    context = {
        "chapters": [(chapter, [kept[promise.slug] for promise in chapter.promises]) for chapter in CHAPTERS],
        "kept": list(kept.values()),
        "met": counts[State.MET],
        "not_met": counts[State.NOT_MET],
        "unknown": counts[State.UNKNOWN],
        "newest": max(seen, default=None),
    }
    return render(request, "compliance/promises.html", context)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept, why and for how long, from the declarations themselves."""
    context = {
        "version": settings.PRIVACY_VERSION,
        "people": [(whose.value, [purpose.of for purpose in purposes(whose)]) for whose in Whose],
        "table": TABLE,
        "of_the_host": [(what, span(length)) for what, length in OF_THE_HOST],
    }
    return render(request, "legal/privacy.html", context)

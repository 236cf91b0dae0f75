"""Local mode's inbox: what Putler would have mailed, for whoever runs it on this machine."""

import re
import uuid
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import inbox

URL: Final = re.compile(r"(https?://[^\s<>\"]+)")


@login_not_required
@never_cache
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Every mail, newest first; the page asks for new ones by itself."""
    return render(request, "inbox/letters.html", {"letters": inbox.letters(settings.INBOX)})


@login_not_required
@never_cache
@require_safe
def letter(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = inbox.letter(settings.INBOX, public_id)
    if found is None:
        raise Http404
    return render(request, "inbox/letter.html", {"letter": found, "parts": list(parts(found.text))})


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a link to this very site; others stay words."""
    for piece in URL.split(text):
        yield piece, piece.startswith(f"{settings.PUBLIC_URL}/") and bool(URL.fullmatch(piece))

"""The site as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from putler.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "putler.settings")
application = get_wsgi_application()
refuse_unsafe_start()

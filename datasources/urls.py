"""The pages of sources and files."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from datasources.connectors.registry import CONNECTORS
from datasources.views import connecting, files, hooks, reading, sources


class ProviderConverter(StringConverter):
    """The slug of a provider that is known; any other address does not exist."""

    regex = "|".join(CONNECTORS)


class HookTokenConverter(StringConverter):
    """The random word in the address of a webhook."""

    regex = "[A-Za-z0-9_-]{43}"


register_converter(ProviderConverter, "provider")
register_converter(HookTokenConverter, "hook")

urlpatterns = [
    path("sources/", sources.sources, name="sources"),
    path("sources/connect/<provider:slug>/", connecting.permission, name="connect"),
    path("sources/connect/<provider:slug>/consent/", connecting.consent, name="connect_consent"),
    path("sources/connect/<provider:slug>/callback/", connecting.callback, name="connect_callback"),
    path("sources/connect/<provider:slug>/key/", connecting.enter_key, name="connect_key"),
    path("sources/<uuid:public_id>/removal/", sources.remove_sandbox, name="remove_source"),
    path("sources/<uuid:public_id>/webhook/", hooks.hook, name="source_hook"),
    path("hooks/<hook:token>/", hooks.hear, name="hook"),
    path("files/", files.files, name="files"),
    path("files/format/", files.file_format, name="file_format"),
    path("files/upload/", files.upload_file, name="upload_file"),
    path("files/<uuid:public_id>/", files.file, name="file"),
    path("files/<uuid:public_id>/reading/", reading.file_reading, name="file_reading"),
    path("files/<uuid:public_id>/decision/", files.decide, name="decide_file"),
    path("files/<uuid:public_id>/deletion/", files.delete_rows, name="delete_file"),
]

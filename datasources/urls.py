"""The pages of sources and files."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from datasources.connectors.registry import CONNECTORS
from datasources.views import connecting, decisions, duplicates, files, hooks, reading, sources, unlinking


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
    path("customers/<uuid:public_id>/merge/", decisions.merge_customer, name="merge_customer"),
    path("customers/<uuid:public_id>/part/", decisions.part_customer, name="part_customer"),
    path("customers/exclusions/", decisions.exclude_customers, name="exclude_customers"),
    path("customers/exclusions/<uuid:public_id>/removal/", decisions.include_customers, name="include_customers"),
    path("products/<uuid:public_id>/merge/", decisions.merge_product, name="merge_product"),
    path("products/<uuid:public_id>/part/", decisions.part_product, name="part_product"),
    path("sources/duplicates/", duplicates.pairs, name="duplicates"),
    path("sources/duplicates/<uuid:public_id>/", duplicates.decide, name="decide_duplicate"),
    path("sources/reconciliation/", sources.reconciliation, name="reconciliation"),
    path("sources/<uuid:public_id>/", sources.source, name="source"),
    path("sources/<uuid:public_id>/pause/", unlinking.pause, name="pause_source"),
    path("sources/<uuid:public_id>/resume/", unlinking.resume, name="resume_source"),
    path("sources/<uuid:public_id>/again/", unlinking.read_again, name="read_source_again"),
    path("sources/<uuid:public_id>/unlink/", unlinking.unlink, name="unlink_source"),
    path("sources/<uuid:public_id>/restore/", unlinking.restore, name="restore_source"),
    path("sources/<uuid:public_id>/deletion/", unlinking.delete_now, name="delete_source"),
    path("sources/<uuid:public_id>/removal/", unlinking.remove_sandbox, name="remove_source"),
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

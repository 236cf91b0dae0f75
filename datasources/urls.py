"""The pages of sources and files."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from datasources.connectors.registry import CONNECTORS
from datasources.views import connecting, decisions, files, reading, sources


class ProviderConverter(StringConverter):
    """The slug of a provider that is known; any other address does not exist."""

    regex = "|".join(CONNECTORS)


register_converter(ProviderConverter, "provider")

urlpatterns = [
    path("sources/", sources.sources, name="sources"),
    path("sources/connect/<provider:slug>/", connecting.permission, name="connect"),
    path("sources/connect/<provider:slug>/consent/", connecting.consent, name="connect_consent"),
    path("sources/connect/<provider:slug>/callback/", connecting.callback, name="connect_callback"),
    path("sources/connect/<provider:slug>/key/", connecting.enter_key, name="connect_key"),
    path("sources/<uuid:public_id>/removal/", sources.remove_sandbox, name="remove_source"),
    path("customers/<uuid:public_id>/merge/", decisions.merge_customer, name="merge_customer"),
    path("customers/<uuid:public_id>/part/", decisions.part_customer, name="part_customer"),
    path("customers/exclusions/", decisions.exclude_customers, name="exclude_customers"),
    path("customers/exclusions/<uuid:public_id>/removal/", decisions.include_customers, name="include_customers"),
    path("products/<uuid:public_id>/merge/", decisions.merge_product, name="merge_product"),
    path("products/<uuid:public_id>/part/", decisions.part_product, name="part_product"),
    path("files/", files.files, name="files"),
    path("files/format/", files.file_format, name="file_format"),
    path("files/upload/", files.upload_file, name="upload_file"),
    path("files/<uuid:public_id>/", files.file, name="file"),
    path("files/<uuid:public_id>/reading/", reading.file_reading, name="file_reading"),
    path("files/<uuid:public_id>/decision/", files.decide, name="decide_file"),
    path("files/<uuid:public_id>/deletion/", files.delete_rows, name="delete_file"),
]

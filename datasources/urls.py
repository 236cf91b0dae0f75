"""The pages of files and sources."""

from django.urls import path

from datasources import views

urlpatterns = [
    path("files/", views.files, name="files"),
    path("files/format/", views.file_format, name="file_format"),
    path("files/upload/", views.upload_file, name="upload_file"),
    path("files/<uuid:public_id>/", views.file, name="file"),
    path("files/<uuid:public_id>/decision/", views.decide, name="decide_file"),
    path("files/<uuid:public_id>/deletion/", views.delete_rows, name="delete_file"),
]

"""Addresses of the development mailbox; `classwaves_admin/urls.py` leaves them out in production."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.routing import open_to_all
from classwaves_admin.notifications.mailbox import views

_WHY = "development's mailbox: a production installation has no such address"

urlpatterns = [
    path("dev/mail/", open_to_all(views.mail_list, why=_WHY), name="mailbox"),
    path("dev/mail/<str:file>/<int:number>/", open_to_all(views.mail, why=_WHY), name="mailbox_mail"),
    path("dev/mail/<str:file>/<int:number>/html", open_to_all(views.mail_html, why=_WHY), name="mailbox_html"),
    path(
        "dev/mail/<str:file>/<int:number>/files/<int:position>",
        open_to_all(views.mail_attachment, why=_WHY),
        name="mailbox_attachment",
    ),
]

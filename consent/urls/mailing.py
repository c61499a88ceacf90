"""Addresses that mail services and mail programs call: bounces, and the end of reminders."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of the notices to parents and their versions."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

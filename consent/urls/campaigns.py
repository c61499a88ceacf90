"""Addresses of asking many guardians at once."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of the recording gate: its page, its keys, its interface for other programs."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

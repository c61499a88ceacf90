"""Tells the warehouse who asks: the view, the task or the command, in each statement's query tags.

The tags show in the query history of Databricks what a slow or costly statement was for. They hold names of
code, never of a person. Whoever nobody waits for, a task or a command, is also given more patience.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from celery import signals
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from classwaves_admin.databricks.patience import LONG, patience
from classwaves_admin.databricks.tags import tagged

__all__ = ["CallerMiddleware", "caller", "install"]

_open: dict[str, ExitStack] = {}


@contextmanager
def caller(kind: str, name: str, *, patient: bool = False) -> Iterator[None]:
    """Tag the statements inside the block with `kind.name`; `patient` where nobody waits before a screen."""
    with ExitStack() as stack:
        stack.enter_context(tagged(f"{kind}.{_name_of_code(name)}"))
        if patient:
            stack.enter_context(patience(LONG))
        yield


class CallerMiddleware:
    """Tags what a request asks of the warehouse with the name of its view. Stands before AccessMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request; what is streamed is tagged too."""
        name = _view_of(request)
        with caller("view", name):
            response = self.get_response(request)
        if response.streaming:
            response.streaming_content = _tagged_stream(name, response.streaming_content)  # type: ignore[attr-defined]
        return response


def install() -> None:
    """Tag what Celery's tasks ask, and let them wait longer."""
    signals.task_prerun.connect(_task_starts, dispatch_uid="warehouse.callers.start")
    signals.task_postrun.connect(_task_ends, dispatch_uid="warehouse.callers.end")


def _task_starts(*, task_id: str, task: Any, **_signal: Any) -> None:
    stack = _open[task_id] = ExitStack()
    stack.enter_context(caller("task", str(task.name), patient=True))


def _task_ends(*, task_id: str, **_signal: Any) -> None:
    if stack := _open.pop(task_id, None):
        stack.close()


def _view_of(request: HttpRequest) -> str:
    # Looked up here as well as by Django, for the directory is asked before Django knows the view.
    try:
        return resolve(request.path_info).view_name or "unnamed"
    except Resolver404:
        return "none"


def _tagged_stream(name: str, parts: Any) -> Iterator[Any]:
    with caller("view", name):
        yield from parts


def _name_of_code(name: str) -> str:
    """Return the name as a tag takes it: letters, underscores, dots, and no more than three digits in a row."""
    plain = re.sub(r"\d{4,}", "N", re.sub(r"[^A-Za-z0-9_.]", "_", name))
    return plain[:60] or "none"

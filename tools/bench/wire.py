"""The connector by itself, without Django: what our way is measured against."""

from __future__ import annotations

from typing import Any

from databricks import sql
from django.db import connections


def bare_connection() -> Any:
    """Open a connection of the plain connector to the local warehouse. Close it, or use it in a `with`."""
    settings = connections["warehouse"].settings_dict
    path = settings["OPTIONS"]["http_path"]
    return sql.connect(
        settings["HOST"],
        path,
        access_token=settings["PASSWORD"],
        enable_telemetry=False,
        _connection_uri=f"http://{settings['HOST']}:{settings['PORT']}{path}",
        catalog=settings["NAME"],
        schema="default",
    )

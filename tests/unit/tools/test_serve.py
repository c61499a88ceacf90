from __future__ import annotations

import fcntl
import io
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.mails.server import free_port
from tools import prepare_data, reset_data, serve, stamps, terminal
from tools.terminal import Trouble


@pytest.mark.parametrize("wanted", ["delta", "SPARK", "1"])
def test_an_unknown_warehouse_is_one_sentence(wanted: str) -> None:
    """WAREHOUSE takes spark, or is left out."""
    with pytest.raises(Trouble, match=rf"^WAREHOUSE={wanted} is not known: say `make run WAREHOUSE=spark` "):
        serve.check_warehouse(wanted, "15002", 8000)


def test_without_a_warehouse_its_port_does_not_matter() -> None:
    """The portal uses what WAREHOUSE_URL names."""
    assert serve.check_warehouse("", "no port", 8000) is None


@pytest.mark.parametrize(("wanted", "sample"), [("", True), ("yes", True), ("no", False)])
def test_the_sample_can_be_left_out(wanted: str, sample: bool) -> None:
    """SAMPLE=no begins with an empty portal; without it there is the sample school."""
    assert serve.wants_sample(wanted) is sample


@pytest.mark.parametrize("wanted", ["NO", "0", "false"])
def test_an_unknown_word_about_the_sample_is_one_sentence(wanted: str) -> None:
    """Nobody gets a sample who meant none."""
    with pytest.raises(Trouble, match=rf"^SAMPLE={wanted} is not known: say `make run SAMPLE=no` "):
        serve.wants_sample(wanted)


@pytest.mark.parametrize("words", [[], ["--empty"]])
def test_an_empty_portal_stays_empty(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, commands: list[str], words: list[str]
) -> None:
    """With --empty neither the sample is loaded nor its people named."""
    loaded: list[Path] = []
    monkeypatch.setattr(prepare_data, "connections", [])
    monkeypatch.setattr(prepare_data, "load_sample", loaded.append)
    settings.DEVELOPMENT = True
    monkeypatch.setattr("sys.argv", ["prepare_data", *words])
    prepare_data.main()
    assert (len(loaded), commands) == ((0, []) if words else (1, ["sample_signins"]))


def test_processes_get_the_address_with_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """PORTAL_URL follows PORT, so that links in mails work, unless the person has set it."""
    monkeypatch.delenv("PORTAL_URL", raising=False)
    assert serve.environment(9000)["PORTAL_URL"] == "http://localhost:9000"
    monkeypatch.setenv("PORTAL_URL", "http://tunnel.example.org")
    assert serve.environment(9000)["PORTAL_URL"] == "http://tunnel.example.org"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run no management command, and remember which would have run."""
    called: list[str] = []
    monkeypatch.setattr(prepare_data, "call_command", called.append)
    return called


@pytest.mark.parametrize(
    ("state", "has_schools", "loads"),
    [
        ("", False, True),  # a fresh catalog
        ("", True, False),  # someone's own catalog
        (prepare_data.LOADED, True, False),  # the second run
        (prepare_data.LOADED, False, True),  # the database file was removed
        (prepare_data.STARTED, True, True),  # a load that was stopped half-way
    ],
)
def test_the_sample_is_loaded_once_and_never_into_anothers_catalog(
    tmp_path: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch, state: str, has_schools: bool, loads: bool
) -> None:
    """Whether the sample is loaded follows from the stamp and from the catalog."""
    monkeypatch.setattr(prepare_data, "catalog_has_schools", lambda: has_schools)
    stamp = tmp_path / "sample.stamp"
    if state:
        stamps.write(stamp, state)
    prepare_data.load_sample(stamp)
    assert commands == (["load_sample"] if loads else [])
    assert stamps.read(stamp) == (prepare_data.LOADED if loads else state)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the folder `var`, with data and stylesheets."""
    (tmp_path / "assets" / "css").mkdir(parents=True)
    (tmp_path / "mail").mkdir()
    (tmp_path / "portal.sqlite3").touch()
    monkeypatch.setattr(reset_data, "BUILT_STYLES", tmp_path / "assets" / "css")
    return tmp_path


@pytest.mark.parametrize("answer", ["", "yes\n", "DELETE\n"])
def test_data_stay_without_the_typed_word(data: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Anything but the word, and no terminal at all, leaves everything in place."""
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(Trouble, match=r"^Nothing was removed\.$"):
        reset_data.main(data)
    assert (data / "portal.sqlite3").exists()


def test_data_go_with_the_typed_word_and_stylesheets_stay(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word removes databases, files and mails."""
    monkeypatch.setattr("sys.stdin", io.StringIO("delete\n"))
    reset_data.main(data)
    assert [path.name for path in data.iterdir()] == ["assets"]


def test_data_stay_while_the_local_warehouse_runs(data: Path) -> None:
    """Its folder is not removed from under it."""
    (data / "spark").mkdir()
    with (data / "spark" / "in-use.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Trouble, match=r"^The local SQL warehouse is running: stop it first"):
            reset_data.main(data)
    assert (data / "portal.sqlite3").exists()


def test_a_trouble_ends_with_one_sentence_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    """A known trouble prints its sentence on standard error and no traceback."""

    def main() -> None:
        raise Trouble("npm is missing.")

    with pytest.raises(SystemExit, match="1"):
        terminal.speak(main)
    assert capsys.readouterr().err == "npm is missing.\n"


def test_ctrl_c_ends_with_one_sentence_and_status_130(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C during set-up says how to go on."""

    def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match="130"):
        terminal.speak(main)
    assert capsys.readouterr().err == "Stopped. Run the same command again to go on.\n"


def test_a_failing_program_shows_its_output_and_the_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """What npm or pip said stands above our sentence; a program that works says nothing."""
    terminal.run(["sh", "-c", "echo fine"], trouble="Never.")
    with pytest.raises(Trouble, match=r"^See above\.$"):
        terminal.run(["sh", "-c", "echo no space left; exit 3"], trouble="See above.")
    with pytest.raises(Trouble, match=r"^Not there\.$"):
        terminal.run(["invented-program"], trouble="Not there.")
    assert capsys.readouterr().out == "no space left\n"


def test_portal_and_warehouse_do_not_share_a_port() -> None:
    """Both would start, and the second fail in the middle of the log."""
    port = free_port()
    with pytest.raises(Trouble, match=f"PORT and WAREHOUSE_PORT are both {port}"):
        serve.check_warehouse("spark", str(port), port)

"""The steps of set-up, each with the programs that it would start replaced by a list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import browser_assets, dotenv, python_environment, setup, stamps, system_libraries
from tools.system_libraries import Need
from tools.terminal import Trouble


class Programs(list[str]):
    """What was started, one line each; `fails` names a word that makes a program fail."""

    fails = ""

    def run(self, command: Sequence[str | Path], *, trouble: str, env: object = None) -> None:
        """Stand in for tools.terminal.run."""
        line = " ".join(Path(word).name if isinstance(word, Path) else word for word in command)
        self.append(line)
        if self.fails and self.fails in line:
            raise Trouble(trouble)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Start nothing, and remember what would have been started."""
    programs = Programs()
    for module in (python_environment, browser_assets, system_libraries):
        monkeypatch.setattr(module, "run", programs.run)
    return programs


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the project's `.venv`, with a lock file beside it."""
    venv = tmp_path / ".venv"
    lock = tmp_path / "dev.txt"
    lock.write_text("django==5.2\n", encoding="utf-8")
    for name, value in {"VENV": venv, "LOCK": lock, "PYTHON": venv / "python", "STAMP": venv / "x.stamp"}.items():
        monkeypatch.setattr(python_environment, name, value)
    return venv


def make_whole(venv: Path) -> None:
    """Leave what a finished `python -m venv` would."""
    venv.mkdir(exist_ok=True)
    (venv / "python").touch()


@pytest.mark.parametrize("version", [(3, 10), (3, 12)])
def test_another_python_is_refused(version: tuple[int, int]) -> None:
    """Any Python but 3.11 is named together with the way out."""
    with pytest.raises(Trouble, match=rf"needs Python 3\.11, and this is 3\.{version[1]}: .*make PYTHON="):
        python_environment.check_python(version)


def test_a_python_without_venv_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's Python without the venv package gets the name of the package."""
    monkeypatch.setattr(python_environment, "find_spec", lambda name: None)
    with pytest.raises(Trouble, match=r"apt-get install python3\.11-venv"):
        python_environment.check_python(python_environment.WANTED)


def test_a_first_set_up_makes_and_fills_the_environment(venv: Path, programs: Programs) -> None:
    """From nothing, venv and pip run, and pip checks hashes."""
    python_environment.ensure()
    assert programs[0].endswith("-m venv --clear .venv")
    assert "pip install" in programs[1]
    assert "--require-hashes" in programs[1]


def test_a_second_set_up_starts_nothing(venv: Path, programs: Programs) -> None:
    """A complete environment is left alone."""
    make_whole(venv)
    python_environment.ensure()
    make_whole(venv)
    programs.clear()
    python_environment.ensure()
    assert programs == []


def test_a_changed_lock_installs_into_the_same_environment(venv: Path, programs: Programs) -> None:
    """A new lock file needs pip and no new environment."""
    python_environment.ensure()
    make_whole(venv)
    (venv.parent / "dev.txt").write_text("django==5.2.1\n", encoding="utf-8")
    programs.clear()
    python_environment.ensure()
    assert len(programs) == 1
    assert "pip install" in programs[0]


def test_a_half_made_environment_is_told_and_made_again(
    venv: Path, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    """When pip was stopped there is no stamp: one sentence, then everything anew."""
    programs.fails = "pip install"
    with pytest.raises(Trouble, match=r"Python packages could not be installed"):
        python_environment.ensure()
    make_whole(venv)
    programs.fails = ""
    programs.clear()
    capsys.readouterr()
    python_environment.ensure()
    assert "half made (a set-up was stopped): making it again." in capsys.readouterr().out
    assert [line.split(" -m ")[1].split()[0] for line in programs] == ["venv", "pip"]


def test_an_environment_of_another_folder_is_made_again(
    venv: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs in an environment know its path, so a copied folder gets a new one."""
    python_environment.ensure()
    make_whole(venv)
    monkeypatch.setattr(python_environment, "ROOT", Path("/elsewhere"))
    python_environment.ensure()
    assert "belongs to another Python or folder" in capsys.readouterr().out


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the browser packages and stylesheets of the project."""
    package = tmp_path / "package.json"
    package.write_text("{}", encoding="utf-8")
    styles = tmp_path / "scss"
    styles.mkdir()
    built = tmp_path / "assets" / "css"
    replaced = {
        "PACKAGES": (package,),
        "PACKAGES_STAMP": tmp_path / "node_modules" / "x.stamp",
        "NODE_MODULES": tmp_path / "node_modules",
        "STYLES": styles,
        "BUILT_STYLES": built,
        "STYLES_STAMP": built.parent / "x.stamp",
    }
    for name, value in replaced.items():
        monkeypatch.setattr(browser_assets, name, value)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return tmp_path


def test_browser_packages_are_installed_once(assets: Path, programs: Programs) -> None:
    """The packages are installed again only when the lock changes."""
    browser_assets.ensure()
    browser_assets.ensure()
    assert [line.split()[1] for line in programs] == ["ci"]
    (assets / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    browser_assets.ensure()
    assert [line.split()[1] for line in programs] == ["ci", "ci"]


def test_stylesheets_are_made_when_a_source_changes(assets: Path, programs: Programs) -> None:
    """They are made for a new or changed SCSS file, and not otherwise."""
    source = assets / "scss" / "portal.scss"
    for text in ("a {}", "a {}", "b {}"):
        source.write_text(text, encoding="utf-8")
        browser_assets.ensure()
    assert [line.split()[1] for line in programs] == ["ci", "run", "run"]


def test_only_what_pages_use_is_copied(assets: Path, programs: Programs) -> None:
    """Fonts and scripts that are served stand beside the stylesheets; the rest of the packages stays out."""
    for name in ("htmx.min.js", "htmx.js"):
        source = assets / "node_modules" / "htmx.org" / "dist" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(name, encoding="utf-8")
    browser_assets.ensure()
    assert [path.name for path in (assets / "assets" / "htmx").iterdir()] == ["htmx.min.js"]


def test_without_styles_the_folder_is_there_all_the_same(assets: Path, programs: Programs) -> None:
    """Django's list of static folders needs the folder of stylesheets even when it is empty."""
    browser_assets.ensure()
    assert (assets / "assets" / "css").is_dir()


def test_missing_npm_is_one_sentence(assets: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without npm the sentence says what to install."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(Trouble, match=r"^npm is missing: install Node\.js .*\(Debian: `apt-get install npm`\)\.$"):
        browser_assets.ensure()


def test_dotenv_gets_long_secrets_for_this_user_alone(tmp_path: Path) -> None:
    """The file has mode 600 and two different secrets of more than 50 characters."""
    path = tmp_path / ".env"
    dotenv.ensure(path)
    values = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    assert path.stat().st_mode & 0o777 == 0o600
    assert values["CLASSWAVES_ENV"] == "development"
    assert values["SECRET_KEY"] != values["TOKEN_KEY"]
    assert min(len(values["SECRET_KEY"]), len(values["TOKEN_KEY"])) >= 50
    assert list(tmp_path.iterdir()) == [path]


def test_dotenv_is_never_written_over(tmp_path: Path) -> None:
    """What a person put into the file stays."""
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine\n", encoding="utf-8")
    dotenv.ensure(path)
    assert path.read_text(encoding="utf-8") == "SECRET_KEY=mine\n"


def lacking(monkeypatch: pytest.MonkeyPatch, *, root: bool, required: bool, ci: bool = False) -> None:
    """Make one package missing, for root or another user."""
    monkeypatch.setattr(system_libraries, "RUN", (Need("libx", lambda: False, "PDF reports", required),))
    monkeypatch.setattr(system_libraries, "TESTS", (Need("browser", lambda: True, "browser tests"),))
    monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true" if ci else "")


def test_root_installs_missing_packages(monkeypatch: pytest.MonkeyPatch, programs: Programs) -> None:
    """apt-get gets exactly the packages that are missing."""
    lacking(monkeypatch, root=True, required=False)
    system_libraries.ensure(tests=True)
    assert programs[-1] == "apt-get install --quiet --yes --no-install-recommends libx"


def test_others_are_told_the_command_for_a_required_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root a required package stops the set-up with the command to run."""
    lacking(monkeypatch, root=False, required=True)
    with pytest.raises(Trouble, match=r"run `apt-get install --no-install-recommends libx` as root and try again"):
        system_libraries.ensure(tests=False)


def test_others_go_on_without_a_wanted_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without root a package that is only wanted is named, with what goes without it."""
    lacking(monkeypatch, root=False, required=False)
    system_libraries.ensure(tests=False)
    assert "Going on without PDF reports; to have them, run `apt-get install" in capsys.readouterr().out


def test_continuous_integration_goes_on_without_nothing(monkeypatch: pytest.MonkeyPatch, programs: Programs) -> None:
    """With CI=true a package that cannot be installed is a failure, so that no test is skipped unseen."""
    lacking(monkeypatch, root=True, required=False, ci=True)
    programs.fails = "apt-get"
    with pytest.raises(Trouble, match="System packages are missing"):
        system_libraries.ensure(tests=False)


def test_real_probes_see_what_python_itself_needs() -> None:
    """A library, a program and a file that are surely here are found; invented ones are not."""
    assert system_libraries._library("libc.so.6")()
    assert not system_libraries._library("libinvented.so.9")()
    assert system_libraries._program("invented-program", "sh")()
    assert system_libraries._file(Path(sys.prefix), "python3*")()
    assert not system_libraries._file(Path("/invented"), "*")()


def test_stamps_follow_contents_and_facts(tmp_path: Path) -> None:
    """A digest changes with a file's content and with each fact, and a stamp gives back what was written."""
    file = tmp_path / "lock"
    file.write_text("a", encoding="utf-8")
    first = stamps.digest([file], "3.11")
    assert stamps.digest([file], "3.12") != first
    file.write_text("b", encoding="utf-8")
    assert stamps.digest([file], "3.11") != first
    stamps.write(tmp_path / "deep" / "x.stamp", first)
    assert stamps.read(tmp_path / "deep" / "x.stamp") == first
    assert stamps.read(tmp_path / "none.stamp") == ""


def test_stepsside_by_side_all_end_before_a_trouble_is_told() -> None:
    """What one step has made is kept, whichever other fails, so that the next set-up goes on from there."""
    made = []

    def fail() -> None:
        raise Trouble("The server is away.")

    with pytest.raises(Trouble, match="The server is away"):
        setup.side_by_side(fail, lambda: made.append("later"))
    assert made == ["later"]

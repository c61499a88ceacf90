from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, storages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from retention.files import MARKER, RECORDINGS, Left, destroy

FOLDER = "django.core.files.storage.FileSystemStorage"
MEMORY = "django.core.files.storage.InMemoryStorage"
# Pieces of which bad paths are made, beside any text at all.
PIECES = st.sampled_from(
    ["/", "..", ".", "\\", "\0", "a", "outside", "secret.opus", "s3://", "dbfs:/Volumes/", "file:", "é", "\ud800", "~"]
)
PATHS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=8).map("/".join))


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder of recordings, which has held files, beside a folder that is none of the portal's business."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for place in (inside, outside):
        place.mkdir()
        (place / "secret.opus").write_bytes(b"voice")
    (inside / "lesson").mkdir()
    (inside / MARKER).touch()
    settings.STORAGES = {**settings.STORAGES, RECORDINGS: {"BACKEND": FOLDER, "OPTIONS": {"location": str(inside)}}}
    return inside


@pytest.fixture
def memory(settings: Settings) -> InMemoryStorage:
    """Return a storage that is no folder, empty."""
    settings.STORAGES = {**settings.STORAGES, RECORDINGS: {"BACKEND": MEMORY}}
    place = storages[RECORDINGS]
    assert isinstance(place, InMemoryStorage)
    return place


def test_a_file_goes_and_can_go_twice(folder: Path) -> None:
    """A file is deleted and known to be gone; the same asked again, after a kill, says the same."""
    for _ in range(2):
        done = destroy(["secret.opus", "secret.opus"])
        assert (done.gone, done.left) == (("secret.opus",), {})
    assert not (folder / "secret.opus").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../outside/secret.opus",
        "lesson/../../outside/secret.opus",
        "s3://bucket/secret.opus",
        "dbfs:/Volumes/school/secret.opus",
        "C:secret.opus",
        "\\\\server\\secret.opus",
        "secret.opus\0",
        "./secret.opus",
        "lesson//secret.opus",
        "\ud800.opus",
        "x" * 5_000,
        MARKER,
    ],
)
def test_what_is_no_name_of_the_storage_is_left(folder: Path, path: str) -> None:
    """An address in another place is left for whoever runs that place, and says so."""
    assert destroy([path]).left == {path: Left.ELSEWHERE}
    assert sorted(one.name for one in folder.iterdir()) == [MARKER, "lesson", "secret.opus"]


def test_folders_links_and_second_names_are_left(folder: Path) -> None:
    """What is no single file of its own stays, and so does what a link leads to."""
    (folder / "link.opus").symlink_to(folder.parent / "outside" / "secret.opus")
    (folder / "away").symlink_to(folder.parent / "outside")
    (folder / "again.opus").hardlink_to(folder / "secret.opus")
    left = destroy(["lesson", "link.opus", "away/secret.opus", "again.opus", "", " "]).left
    assert left == {
        "lesson": Left.FOLDER,
        "link.opus": Left.LINK,
        "away/secret.opus": Left.LINK,
        "again.opus": Left.TWO_NAMES,
        "": Left.NO_NAME,
        " ": Left.NO_NAME,
    }
    assert (folder.parent / "outside" / "secret.opus").read_bytes() == b"voice"
    assert (folder / "lesson").is_dir()


def test_a_storage_that_never_held_a_file_proves_nothing(folder: Path) -> None:
    """Where a disk is not mounted, or audio is kept elsewhere, a file that is not found is not called gone."""
    (folder / MARKER).unlink()
    assert destroy(["lost.opus"]).left == {"lost.opus": Left.UNPROVED}
    assert destroy(["lost.opus", "secret.opus"]).gone == ("secret.opus", "lost.opus")
    assert destroy(["lost.opus"]).gone == ("lost.opus",)


def test_what_may_not_be_deleted_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission, a storage that fails and one that only pretends are told apart."""

    def delete(_place: FileSystemStorage, name: str) -> None:
        if name == "secret.opus":
            raise PermissionError(13, "no", name)
        if name == "broken.opus":
            raise ConnectionError(name)

    for name in ("broken.opus", "pretended.opus"):
        (folder / name).touch()
    monkeypatch.setattr(FileSystemStorage, "delete", delete)
    done = destroy(["secret.opus", "broken.opus", "pretended.opus"])
    assert list(done.left.values()) == [Left.REFUSED, Left.NO_ANSWER, Left.STILL_THERE]


def test_a_file_that_may_not_be_looked_at_is_not_called_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the portal may not enter says nothing of what is in it."""

    def lstat(path: Path) -> Any:
        raise PermissionError(13, "no", str(path))

    monkeypatch.setattr(Path, "lstat", lstat)
    assert destroy(["lesson/lost.opus"]).left == {"lesson/lost.opus": Left.REFUSED}
    assert folder.exists()


def test_a_storage_that_is_no_folder(memory: InMemoryStorage) -> None:
    """Another class of storage is deleted from and asked in the same way."""
    memory.save("lesson/a.opus", ContentFile(b"voice"))
    done = destroy(["lesson/a.opus", "lesson/b.opus", "../a.opus"])
    assert (done.gone, done.left) == (("lesson/a.opus", "lesson/b.opus"), {"../a.opus": Left.ELSEWHERE})
    assert not memory.exists("lesson/a.opus")


def test_other_services_write_a_prefix(folder: Path, settings: Settings) -> None:
    """With the prefix of the storage in settings an address is one of its names, and nothing else is."""
    settings.RECORDINGS_PREFIXES = ["s3://audio/"]
    done = destroy(["s3://audio/secret.opus", "s3://other/secret.opus", "s3://audio/../secret.opus", "s3://audio/"])
    assert done.gone == ("s3://audio/secret.opus",)
    assert set(done.left.values()) == {Left.ELSEWHERE}
    assert not (folder / "secret.opus").exists()


@pytest.fixture
def watched(folder: Path) -> Iterator[Path]:
    """Return the folder of recordings; afterwards all else must be as it was."""
    yield folder
    assert (folder.parent / "outside" / "secret.opus").read_bytes() == b"voice"
    assert (folder / "lesson").is_dir()
    assert (folder / MARKER).exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PATHS, max_size=5))
def test_no_path_does_harm(watched: Path, paths: list[str]) -> None:
    """Whatever is given: nothing is raised, each path has one fate with a reason, nothing else is touched."""
    (watched / "secret.opus").write_bytes(b"voice")
    done = destroy(paths)
    assert sorted({*done.gone, *done.left}) == sorted(set(paths))
    assert not set(done.gone) & set(done.left)
    assert all(why.label.endswith(".") for why in done.left.values())
    assert (watched / "secret.opus").exists() == ("secret.opus" not in done.gone)

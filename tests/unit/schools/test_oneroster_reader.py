"""The reader turns a good package into plain data and tells every fault of a bad one."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from classwaves_admin.schools.faults import MOST_FAULTS, Fault
from classwaves_admin.schools.oneroster.archive import Limits
from classwaves_admin.schools.staging import Relation, StaffRole
from tests.factories import oneroster as make
from tests.factories.rosters import Roster, read

VERSIONS = pytest.mark.parametrize("version", ["1.1", "1.2"])


def roster_of(contents: dict[str, str]) -> Roster:
    """Return the roster of a package that must be good."""
    found = read(make.package(contents))
    assert found.reading.faults == []
    assert found.roster is not None
    return found.roster


def codes_of(contents: dict[str, str | bytes] | dict[str, str]) -> list[str]:
    """Return the fault codes of a package that must have some."""
    return [fault.code for fault in faults_of(contents)]


def faults_of(contents: dict[str, str | bytes] | dict[str, str]) -> list[Fault]:
    """Return the faults of a package that must have some."""
    found = read(make.package(contents))
    assert found.reading.faults
    return found.reading.faults


@VERSIONS
def test_people_and_schools_are_read(version: str) -> None:
    """Both versions give the same schools, students, guardians and staff."""
    roster = roster_of(make.files(version=version))
    assert [(school.source_id, school.district) for school in roster.schools] == [("s-1", "d-1"), ("s-2", "d-1")]
    assert {(s.source_id, s.name, s.school, s.grade, s.year) for s in roster.students} == {
        ("k-1", "Ana Å.", "s-1", "05", 2014),
        ("k-2", "Ben Å.", "s-1", "03", 2016),
        ("k-3", "Cem K.", "s-2", "08", 2011),
    }
    assert {(g.source_id, g.name, g.email) for g in roster.guardians} == {
        ("g-1", "Gerda Ånström", "gerda@home.example"),
        ("g-2", "Gustav Ånström", ""),
        ("g-3", "Gül Kaya", "gul@home.example"),
    }
    assert {(s.source_id, s.school, s.role) for s in roster.staff} == {
        ("t-1", "s-1", StaffRole.TEACHER),
        ("a-1", "s-1", StaffRole.SCHOOL_ADMIN),
        ("a-2", "", StaffRole.DISTRICT_ADMIN),
    }


@VERSIONS
def test_relations_come_from_either_row(version: str) -> None:
    """A pair named by the student's row, by the guardian's, or by both stands in the roster once."""
    roster = roster_of(make.files(version=version))
    assert sorted(roster.relations, key=lambda relation: (relation.guardian, relation.student)) == [
        Relation("k-1", "g-1", "parent", "mother"),
        Relation("k-2", "g-1", "parent", "mother"),
        Relation("k-1", "g-2", "parent", ""),
        Relation("k-3", "g-3", "guardian", "grandmother"),
    ]


def test_birth_dates_are_read_in_both_spellings() -> None:
    """`userSourcedId,birthdate` is read as `sourcedId,birthDate`."""
    text = "userSourcedId,status,dateLastModified,birthdate\nk-1,,,2014-05-31\n"
    roster = roster_of(make.files(demographics=text))
    assert {student.source_id: student.year for student in roster.students}["k-1"] == 2014


def test_a_relative_is_no_guardian() -> None:
    """Kinship alone gives no right to consent: a `relative` is counted and left out."""
    roster = roster_of(make.files(users=make.USERS_1_1.replace("s-2,guardian", "s-2,relative")))
    assert {guardian.source_id for guardian in roster.guardians} == {"g-1", "g-2"}
    assert roster.relatives_left_out == 1


def test_a_teacher_who_is_a_parent_is_both() -> None:
    """Two roles of one person are both kept."""
    roster = roster_of(make.files(version="1.2", roles=make.ROLES + "r-10,,,t-1,secondary,parent,,,s-1,\n"))
    assert "t-1" in {guardian.source_id for guardian in roster.guardians}
    assert "t-1" in {person.source_id for person in roster.staff}


def test_columns_of_1_1_are_read_by_name() -> None:
    """Exporters of 1.1 order columns as they like."""
    orgs = (
        "name,sourcedId,type,parentSourcedId\nHarbour District,d-1,district,\nHill,s-1,school,d-1\nBay,s-2,school,d-1\n"
    )
    assert len(roster_of(make.files(orgs=orgs)).schools) == 2


def test_line_ends_quotes_and_byte_order_mark_are_taken() -> None:
    """CRLF, quoted commas and line breaks, doubled quotes, blank lines and a UTF-8 mark are all fine."""
    lines = ("\ufeffsourcedId,name,type,parentSourcedId", 'd-1,"Bay, ""Old""\nTown",district,', "", "s-1,A,school,d-1")
    orgs = "\r\n".join([*lines, "s-2,B,school,d-1", ""])
    assert roster_of(make.files(orgs=orgs)).districts[0][1] == 'Bay, "Old"\nTown'


def test_orgs_in_a_circle_end() -> None:
    """Departments that are each other's parent give a school without district."""
    orgs = "sourcedId,name,type,parentSourcedId\nd-1,A,department,s-2\ns-1,B,school,d-1\ns-2,C,department,d-1\n"
    users = make.USERS_1_1.replace(",s-2,", ",s-1,")
    assert roster_of(make.files(orgs=orgs, users=users)).schools[0].district == ""


def test_a_row_to_be_deleted_is_leaving() -> None:
    """Only the word `tobedeleted` says that a student leaves."""
    users = make.USERS_1_1.replace("k-1,,,true", "k-1,tobedeleted,2025-01-02T03:04:05.006Z,true").replace(
        "k-2,,,true", "k-2,,,false"
    )
    leaving = {student.source_id: bool(student.leaving) for student in roster_of(make.files(users=users)).students}
    assert leaving == {"k-1": True, "k-2": False, "k-3": False}


def test_staff_whose_account_is_off_are_leaving() -> None:
    """A switched-off account of staff must not open the portal."""
    roster = roster_of(make.files(users=make.USERS_1_1.replace("t-1,,,true", "t-1,,,false")))
    assert {person.source_id for person in roster.staff if person.leaving} == {"t-1"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("k-1,,,true", "k-1,,,yes", "row.invalid_boolean"),
        ("k-1,,,true", "k-1,,,", "row.missing_required_value"),
        ("k-1,,,true", "k 1,,,true", "row.invalid_guid"),
        ("k-1,,,true", ",,,true", "row.missing_required_value"),
        ("Ana,Ånström", "Ana,", "row.missing_required_value"),
        ('"g-1,g-2"', '"g-1,,g-2"', "row.invalid_list"),
        ('"g-1,g-2"', '"g-1,g 2"', "row.invalid_guid"),
        ('"g-1,g-2"', '"g-1,g-9"', "reference.missing_target_record"),
        ("s-1,student,ana", "s-9,student,ana", "reference.missing_target_record"),
        ("s-1,student,ana", "s-1,pupil,ana", "row.invalid_enum"),
        ("k-2,,,true", "k-1,,,true", "reference.duplicate_sourced_id"),
        ("k-1,,,true", "k-1,gone,,true", "row.invalid_enum"),
        ("k-1,,,true", "k-1,active,yesterday,true", "row.invalid_datetime"),
        ("k-1,,,true", "k-1,,,true,extra", "row.wrong_column_count"),
        ("Ana,Ånström", "A\x00na,Ånström", "csv.control_character"),
        (",ana,", ',an"a,', "csv.unescaped_quote"),
        (",ana,", ',"ana,', "csv.unescaped_quote"),
        ("metadata.relation", "relation", "schema.invalid_metadata_header"),
        ("enabledUser,", "enabled,", "schema.missing_column"),
        ("username,", "email,", "schema.duplicate_column"),
        (",ana,", f",{'a' * 200_000},", "csv.line_too_long"),
    ],
)
def test_a_wrong_users_file_is_told(old: str, new: str, code: str) -> None:
    """Each kind of wrong cell, row or header has its code, and its file is named."""
    assert make.USERS_1_1.count(old) >= 1
    faults = faults_of(make.files(users=make.USERS_1_1.replace(old, new, 1)))
    assert ("users.csv", code) in {(fault.file, fault.code) for fault in faults}


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("demographics", "2014-05-31", "31.05.2014", "row.invalid_date"),
        ("demographics", "2014-05-31", "2014-02-30", "row.invalid_date"),
        ("demographics", "k-1,", "k-9,", "reference.missing_target_record"),
        ("roles", "primary,student", "main,student", "row.invalid_enum"),
        ("roles", "k-1,primary", "k-9,primary", "reference.missing_target_record"),
        ("orgs", "s-1,,,", "s-1,active,,", "row.field_forbidden_in_bulk"),
        ("orgs", "sourcedId,status", "status,sourcedId", "schema.header_order_mismatch"),
        ("orgs", "sourcedId,status", "sourcedId,metadata.x,status", "schema.metadata_column_position"),
        ("orgs", make.ORGS, "", "schema.missing_header"),
    ],
)
def test_a_wrong_file_of_1_2_is_told(name: str, old: str, new: str, code: str) -> None:
    """The other files are checked as strictly."""
    good = make.files(version="1.2")
    faults = faults_of(good | {name: good[name].replace(old, new, 1)})
    assert (f"{name}.csv", code) in {(fault.file, fault.code) for fault in faults}


def test_a_fault_names_the_line() -> None:
    """The line is the one an editor shows, also behind a value with a line break."""
    users = make.USERS_1_1.replace("Tamara,Teach", '"Ta\nmara",Teach').replace("k-3,,,true", "k-3,,,maybe")
    assert [(fault.line, fault.code) for fault in faults_of(make.files(users=users))] == [(8, "row.invalid_boolean")]


def test_faults_hold_no_value_of_a_row() -> None:
    """A fault may be logged, so it never repeats what stands in a row."""
    users = make.USERS_1_1.replace("true", "Wahr-Gerda").replace("parent", "Elternteil")
    told = " ".join(str(fault) for fault in faults_of(make.files(users=users)))
    assert told
    for secret in ("Gerda", "Elternteil", "@", "Ånström", "k-1", "2014"):
        assert secret not in told


def test_a_delta_needs_status_and_time() -> None:
    """A delta file without its lifecycle columns is refused."""
    assert set(codes_of(make.files(mode="delta"))) == {"row.field_required_in_delta"}


def test_a_delta_may_point_to_what_came_before() -> None:
    """A changed student of an earlier package's school is read."""
    users = (
        make.USERS_1_1.splitlines()[0] + "\nk-1,active,2025-01-02T03:04:05Z,true,s-1,student,ana,,Ana,Å,,,,,,g-1,05,,\n"
    )
    contents = make.files(mode="delta", users=users, orgs=None, demographics=None)
    assert [student.source_id for student in roster_of(contents).students] == ["k-1"]


def test_a_bulk_file_needs_its_targets() -> None:
    """Users that point to schools need orgs.csv in the package."""
    assert "reference.missing_target_file" in codes_of(make.files(orgs=None))


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (None, "package.missing_manifest"),
        ("", "manifest.invalid_header"),
        ("PropertyName,value\n", "manifest.invalid_header"),
        ("propertyName,value\noneroster.version,1.0\n", "manifest.unsupported_version"),
        ("propertyName,value\nmanifest.version,1.0\n", "manifest.unsupported_version"),
        (make.manifest("1.1", {"orgs": "bulk"}), "manifest.file_unexpected"),
        (make.manifest("1.1", {"orgs": "whole"}), "manifest.invalid_mode"),
        (make.manifest("1.1", {"orgs": "bulk", "users": "bulk", "classes": "bulk"}), "manifest.file_missing"),
        (make.manifest("1.1", {"pupils": "bulk"}), "manifest.unknown_file"),
        (make.manifest("1.1", {"orgs": "bulk"}) + "file.orgs,bulk\n", "manifest.duplicate_property"),
        (make.manifest("1.1", {"orgs": "bulk,1"}), "row.wrong_column_count"),
    ],
)
def test_a_wrong_manifest_is_told(manifest: str | None, code: str) -> None:
    """A missing manifest, or one that does not fit the files, is refused."""
    assert code in codes_of(make.files(manifest=manifest))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("extra.csv", "package.unknown_file"),
        ("Users.csv", "package.unknown_file"),
        ("notes.txt", "package.unknown_file"),
        ("Ana Ånström.csv", "package.unknown_file"),
        ("../users.csv", "package.unsafe_path"),
        ("/etc/users.csv", "package.unsafe_path"),
        ("..\\users.csv", "package.unsafe_path"),
        ("folder/users.csv", "package.unsafe_path"),
        ("folder/", "package.unsafe_path"),
        (".hidden.csv", "package.unsafe_path"),
        ("users.csv\x00.exe", "package.unsafe_path"),
    ],
)
def test_a_strange_entry_is_refused(name: str, code: str) -> None:
    """Folders, other files and paths that climb out are refused, and odd names are not repeated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        zipped.writestr("placeholder", "")
        zipped.infolist()[0].filename = name
        zipped.infolist()[0].orig_filename = name
    reading = read(stream).reading
    assert [fault.code for fault in reading.faults] == [code]
    assert "Ånström" not in str(reading.faults[0])


def test_an_entry_twice_is_refused() -> None:
    """Two files of one name would make the roster depend on the reader."""
    stream = make.package(make.files())
    with zipfile.ZipFile(stream, "a") as zipped, pytest.warns(UserWarning, match="Duplicate name"):
        zipped.writestr("users.csv", "sourcedId\n")
    assert [fault.code for fault in read(stream).reading.faults] == ["package.duplicate_file"]


def test_a_package_with_a_password_is_refused() -> None:
    """An encrypted entry is told as such."""
    stream = make.package({"manifest": "propertyName,value\n"}, compression=zipfile.ZIP_STORED)
    data = bytearray(stream.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert [fault.code for fault in read(io.BytesIO(data)).reading.faults] == ["package.encrypted"]


def test_an_unusual_compression_is_refused() -> None:
    """Only stored and deflated entries are unpacked."""
    stream = make.package(make.files(), compression=zipfile.ZIP_BZIP2)
    assert [fault.code for fault in read(stream).reading.faults] == ["package.unknown_compression"]


def test_a_damaged_entry_is_refused() -> None:
    """A wrong checksum refuses the package."""
    stream = make.package({"manifest": make.manifest("1.1", {})}, compression=zipfile.ZIP_STORED)
    data = stream.getvalue().replace(b"oneroster.version", b"oneroster.versioM", 1)
    assert [fault.code for fault in read(io.BytesIO(data)).reading.faults] == ["package.damaged"]


@pytest.mark.parametrize("data", [b"", b"sourcedId,name\n", b"PK\x03\x04", b"\x1f\x8b\x08" + b"\0" * 99])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    """Other files are told apart from faulty packages."""
    assert [fault.code for fault in read(io.BytesIO(data)).reading.faults] == ["package.not_a_zip"]


def test_a_zip_bomb_is_refused() -> None:
    """A package that unpacks beyond the limit is refused before it is read."""
    stream = make.package({"manifest": b"0" * 5_000_000})
    reading = read(stream, limits=Limits(unpacked_bytes=1_000_000)).reading
    assert [fault.code for fault in reading.faults] == ["package.too_large"]


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    """Unpacked bytes are counted, whatever the directory of the ZIP says."""
    data = bytearray(make.package({"manifest": b"0,0\n" * 1_000_000}).getvalue())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (100).to_bytes(4, "little")
    codes = {fault.code for fault in read(io.BytesIO(data), limits=Limits(unpacked_bytes=1_000_000)).reading.faults}
    assert codes <= {"package.too_large", "package.damaged", "manifest.invalid_header"}
    assert codes


def test_a_huge_package_is_refused() -> None:
    """A file beyond the limit is not opened."""
    reading = read(make.package(make.files()), limits=Limits(package_bytes=100)).reading
    assert [fault.code for fault in reading.faults] == ["package.too_large"]


def test_too_many_entries_are_refused() -> None:
    """A ZIP of thousands of entries is not walked."""
    reading = read(make.package(make.files()), limits=Limits(entries=2)).reading
    assert [fault.code for fault in reading.faults] == ["package.too_many_files"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "latin-1", "cp1252"])
def test_a_file_that_is_not_utf_8_is_refused(encoding: str) -> None:
    """Names in another encoding would be guessed, so the file is refused."""
    contents: dict[str, str | bytes] = {**make.files(), "users": make.USERS_1_1.encode(encoding)}
    assert codes_of(contents) == ["csv.not_utf8"]


def test_reading_stops_after_many_faults() -> None:
    """A hopeless file gives a list that a person can still read."""
    row = "k-1,,,maybe,s-1,student,ana,,Ana,Å,,,,,,,05,,\n"
    faults = faults_of(make.files(users=make.USERS_1_1 + row * (MOST_FAULTS + 10)))
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].code == "package.too_many_faults"


def test_what_is_not_needed_is_not_read() -> None:
    """Grades, comments and passwords stay unread: a broken results.csv changes nothing."""
    contents = make.files(results='not"readable\x00')
    assert roster_of(contents).students


@settings(deadline=None)
@given(st.binary(max_size=2_000))
@example(b"PK\x05\x06" + b"\0" * 18)
def test_any_bytes_give_faults(data: bytes) -> None:
    """Bytes of any kind give faults and never an exception."""
    assert read(io.BytesIO(data)).reading.refused


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_package_with_changed_bytes_gives_an_answer(data: st.DataObject) -> None:
    """A good package with some bytes changed is read or refused, never an exception."""
    content = bytearray(make.package(make.files()).getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = read(io.BytesIO(bytes(content)))
    assert (found.roster is None) == found.reading.refused


@settings(deadline=None)
@given(st.lists(st.text(alphabet=st.sampled_from('ak-1,"\n\r\x00é ;'), max_size=12), max_size=30))
def test_any_text_in_a_file_gives_an_answer(lines: list[str]) -> None:
    """Quotes, line ends, commas and control characters in any order are read or refused."""
    header = make.USERS_1_1.splitlines()[0]
    found = read(make.package(make.files(users="\n".join([header, *lines]))))
    assert (found.roster is None) == found.reading.refused

"""Makers of OneRoster packages: small, written here, holding no real person.

package(files())                          a valid 1.1 package of one school
package(files(version="1.2", users=...))  with a file of your own
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

ORGS = """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d-1,,,Harbour District,district,D1,
s-1,,,Harbour School,school,S1,d-1
s-2,,,Hill School,school,S2,d-1
"""
USERS_1_1 = """\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,\
identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.relation
t-1,,,true,s-1,teacher,tamara,,Tamara,Teach,,,tamara@harbour.example,,,,,,
a-1,,,true,s-1,administrator,adam,,Adam,Admin,,,adam@harbour.example,,,,,,
a-2,,,true,d-1,administrator,dora,,Dora,District,,,dora@harbour.example,,,,,,
k-1,,,true,s-1,student,ana,,Ana,Ånström,,,,,,"g-1,g-2",05,,
k-2,,,true,s-1,student,ben,,Ben,Ånström,,,,,,,03,,
k-3,,,true,s-2,student,cem,,Cem,Kaya,,,,,,,08,,
g-1,,,false,s-1,parent,gerda,,Gerda,Ånström,,,gerda@home.example,,,"k-1,k-2",,,mother
g-2,,,false,s-1,parent,gustav,,Gustav,Ånström,,,,,,,,,
g-3,,,false,s-2,guardian,gul,,Gül,Kaya,,,gul@home.example,,,k-3,,,grandmother
"""
USERS_1_2 = """\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,\
phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,\
preferredFamilyName,primaryOrgSourcedId,pronouns,metadata.relation
t-1,,,true,tamara,,Tamara,Teach,,,tamara@harbour.example,,,,,,,,,,s-1,,
a-1,,,true,adam,,Adam,Admin,,,adam@harbour.example,,,,,,,,,,s-1,,
a-2,,,true,dora,,Dora,District,,,dora@harbour.example,,,,,,,,,,d-1,,
k-1,,,true,ana,,Ana,Ånström,,,,,,"g-1,g-2",05,,,Anni,,,s-1,,
k-2,,,true,ben,,Ben,Ånström,,,,,,,03,,,,,,s-1,,
k-3,,,true,cem,,Cem,Kaya,,,,,,,08,,,,,,s-2,,
g-1,,,false,gerda,,Gerda,Ånström,,,gerda@home.example,,,"k-1,k-2",,,,,,,s-1,,mother
g-2,,,false,gustav,,Gustav,Ånström,,,,,,,,,,,,,s-1,,
g-3,,,false,gul,,Gül,Kaya,,,gul@home.example,,,k-3,,,,,,,s-2,,grandmother
"""
ROLES = """\
sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r-1,,,t-1,primary,teacher,,,s-1,
r-2,,,a-1,primary,siteAdministrator,,,s-1,
r-3,,,a-2,primary,districtAdministrator,,,d-1,
r-4,,,k-1,primary,student,,,s-1,
r-5,,,k-2,primary,student,,,s-1,
r-6,,,k-3,primary,student,,,s-2,
r-7,,,g-1,primary,parent,,,s-1,
r-8,,,g-2,primary,parent,,,s-1,
r-9,,,g-3,primary,guardian,,,s-2,
"""
DEMOGRAPHICS = """sourcedId,status,dateLastModified,birthDate,sex
k-1,,,2014-05-31,
k-2,,,2016-01-02,
k-3,,,2011-12-31,
"""


def files(*, version: str = "1.1", mode: str = "bulk", **own: str | None) -> dict[str, str]:
    """Return the files of a valid package by name; a keyword replaces a file, None takes it out."""
    users = USERS_1_1 if version == "1.1" else USERS_1_2
    found: dict[str, str | None] = {"orgs": ORGS, "users": users, "demographics": DEMOGRAPHICS}
    if version == "1.2":
        found["roles"] = ROLES
    found |= own
    kept = {name: text for name, text in found.items() if text is not None}
    if "manifest" not in own:
        kept = {"manifest": manifest(version, dict.fromkeys(kept, mode))} | kept
    return kept


def manifest(version: str, modes: Mapping[str, str]) -> str:
    """Return a manifest that lists the files in `modes`."""
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    return "\n".join([*lines, *(f"file.{name},{mode}" for name, mode in modes.items())]) + "\n"


def package(contents: Mapping[str, str | bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """Return a ZIP of `contents`, by name without `.csv`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as zipped:
        for name, text in contents.items():
            zipped.writestr(f"{name}.csv", text)
    stream.seek(0)
    return stream

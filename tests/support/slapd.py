"""OpenLDAP's own server, run privately, as ./dev setup unpacks it: Debian's package would start a service.

with slapd(folder, certificate, key, authority) as directory: ... directory.plain, directory.tls are its URLs ...
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.peers import missing
from tests.support.ports import accepts, free_port
from tests.support.procs import Process, running

UNPACKED = Path(sys.prefix) / "peers"
BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
ADMINS, OPERATORS, VIEWERS = (f"cn={name},ou=groups,{BASE}" for name in ("admins", "operators", "viewers"))
READER = f"cn=reader,{BASE}"

CONFIGURATION = """\
include {unpacked}/etc/ldap/schema/core.schema
include {unpacked}/etc/ldap/schema/cosine.schema
include {unpacked}/etc/ldap/schema/nis.schema
include {unpacked}/etc/ldap/schema/inetorgperson.schema
modulepath {unpacked}/usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
argsfile {folder}/args
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSCACertificateFile {authority}
database mdb
maxsize 10485760
suffix {base}
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""
PERSON = """\
dn: uid={uid},{people}
objectClass: inetOrgPerson
uid: {uid}
cn: {uid}
sn: {uid}
userPassword: {password}

"""
TREE = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reads

dn: {ADMINS}
objectClass: groupOfNames
cn: admins
member: uid=ada,{PEOPLE}

dn: {OPERATORS}
objectClass: groupOfUniqueNames
cn: operators
uniqueMember: uid=otto,{PEOPLE}

dn: {VIEWERS}
objectClass: posixGroup
cn: viewers
gidNumber: 1000
memberUid: vera
memberUid: we*ird

"""
USERS = {"ada": "password of ada", "otto": "password of otto", "vera": "password of vera", "nils": "password of nils"}
"""nils is in no group."""


@dataclass
class Directory:
    """A running server. `start_tls` is its plain port under the name that its certificate has."""

    plain: str
    tls: str
    process: Process


@contextmanager
def slapd(folder: Path, certificate: Path, key: Path, authority: Path) -> Iterator[Directory]:
    """A server with a few people for as long as the block lasts; without Debian's package a skip, in CI a failure."""
    program = UNPACKED / "usr" / "sbin" / "slapd"
    if not program.exists():
        missing(str(program), "slapd (./dev setup unpacks it)")
    (folder / "data").mkdir()
    values = {"folder": folder, "certificate": certificate, "key": key, "authority": authority}
    conf = folder / "slapd.conf"
    conf.write_text(CONFIGURATION.format(unpacked=UNPACKED, base=BASE, **values))
    people = "".join(PERSON.format(uid=uid, people=PEOPLE, password=password) for uid, password in USERS.items())
    libraries = [str(UNPACKED / "usr" / "lib"), *map(str, (UNPACKED / "usr" / "lib").glob("*-linux-gnu*"))]
    env = {"LD_LIBRARY_PATH": ":".join(libraries)}
    subprocess.run(
        [program, "-T", "add", "-f", conf, "-q"],
        input=(TREE + people).encode(),
        env={**os.environ, **env},
        check=True,
        timeout=30,
    )
    plain, tls = free_port(), free_port()
    urls = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}"

    def ready(process: Process) -> bool:
        return accepts(plain) and accepts(tls)

    with running(program, "-f", conf, "-h", urls, "-d", "0", ready=ready, env=env) as process:
        yield Directory(f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{tls}", process)

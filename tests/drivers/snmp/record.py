"""Makes recordings anew: `python -m tests.drivers.snmp.record [FOLDER]`.

Each is what `wallnut record` notes of snmp-ups and snmpsim. Without FOLDER it plays devices made up from the rows of
MIB files of which no recording of a real device can be kept. FOLDER is `snmpsim_data/data` of the package
snmpsim-data: the licence of its recordings of real devices lets us keep what our driver asked them.
"""

from __future__ import annotations

import bz2
import subprocess
import sys
from pathlib import Path

from tests.drivers.snmp.made_up import whole
from tests.support import snmpsim
from tests.support.ours import program
from wallnut.drivers.snmp.mibs import mibs

FOLDER = Path(__file__).parents[2] / "recordings" / "snmp-ups"
SOURCE = "snmpsim-data 1.0.1, {} (Copyright (c) 2019, Ilya Etingof; BSD-2-Clause, see LICENSE-snmpsim-data.txt)"
REAL = {
    "apc_pdu-ap7902b": "UPS/apc-7902b.snmprec",
    "apc_pdu-ap8641": "UPS/apc-8641.snmprec",
    "apc_pdu-ap8932": "UPS/apc-8932.snmprec",
    "huawei-ups5000": "UPS/huawei-gse200m.snmprec.bz2",
    "mge-eaton-93e-80": "UPS/eaton-93e-80.snmprec.bz2",
    "mge-eaton-9px": "UPS/eaton-9px-partial.snmprec.bz2",
    "tripplite-eastpower": "UPS/eastpower-istars-swv053.snmprec.bz2",
    "tripplite-ingrasys": "UPS/ingrasys-power-switch.snmprec.bz2",
    "xppc-phoenixtec": "UPS/phoenixtec-power.snmprec.bz2",
}
MADE_UP = (
    *("baytech", "bestpower", "cpqpower", "cyberpower", "delta_ups", "eaton_ats16_nm2", "eaton_ats30", "netvision"),
    *("emerson_avocent_pdu", "aphel_revelation", "aphel_genesisII", "pulizzi_switched1", "hpe_epdu", "hpe_pdu3_cis"),
    *("eaton_pdu_nlogic", "pw", "raritan", "raritan-px2"),
)
ACTS = {
    "cyberpower": ("-c", "load.off", "-c", "shutdown.stayoff", "-s", "ups.delay.shutdown=90"),
    "cpqpower": ("-c", "test.battery.start", "-c", "shutdown.stop"),
    "pw": ("-c", "load.off.delay=30", "-c", "shutdown.stop"),
    "raritan-px2": (
        "-c",
        "outlet.2.load.cycle",
    ),
    "hpe_epdu": ("-c", "outlet.1.load.off.delay=5"),
    "eaton_pdu_nlogic": ("-c", "outlet.2.load.off", "-s", "outlet.1.delay.start=3"),
}


def make(agents: dict[str, str], acts: dict[str, tuple[str, ...]], sources: dict[str, str]) -> None:
    """Write recordings of agents, by name; `sources` go into their heads."""
    with snmpsim.simulated(agents) as ports:
        for name in agents:
            path = FOLDER / f"{name}.rec"
            way = (
                f"port=127.0.0.1:{ports[0]}",
                f"community={name}",
                "snmp_version=v2c",
                "snmp_timeout=10",
                "pollfreq=0",
            )
            argv = [program("wallnut"), "record", "-o", str(path), "-n", "2", *acts.get(name, ()), "snmp-ups"]
            subprocess.run([*argv, *way, "pollinterval=1"], check=True, timeout=120)
            if name in sources:
                head, made, rest = path.read_text().partition("made: ")
                path.write_text(f"{head}source: {sources[name]}\n{made}{rest}")


def real(folder: Path) -> None:
    agents = {}
    for name, place in REAL.items():
        data = (folder / place).read_bytes()
        agents[name] = (bz2.decompress(data) if place.endswith(".bz2") else data).decode("latin-1")
    make(agents, {}, {name: SOURCE.format(f"data/{place}") for name, place in REAL.items()})


def made_up() -> None:
    agents = {
        f"{mib.name}-simulated": snmpsim.writable(snmpsim.record(whole(mib))) for mib in mibs() if mib.name in MADE_UP
    }
    make(agents, {f"{name}-simulated": acts for name, acts in ACTS.items()}, {})


if __name__ == "__main__":
    if sys.argv[1:]:
        real(Path(sys.argv[1]))
    else:
        made_up()

"""wallnut drill: what would happen in an outage, and whether the plan holds. Nothing is executed."""

from __future__ import annotations

import os
from dataclasses import replace

from wallnut.cli import people
from wallnut.cli.common import Stop, out
from wallnut.cli.paint import Paint
from wallnut.config.directive import ERROR
from wallnut.config.upsmon import UpsmonConf, parse_upsmon_conf
from wallnut.io import service
from wallnut.io.log import Memory
from wallnut.model.errors import ConfigError
from wallnut.monitor import agenda, drill, extras, outage, survey
from wallnut.monitor.daemon import settings_of
from wallnut.monitor.outage import Outage, Reading
from wallnut.monitor.rehearsal import Fault, Rehearsal, expecting, rehearse
from wallnut.monitor.values import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallnut.cli.common import Given

USAGE = f"""\
usage: wallnut drill [SCENARIO] [options]    play an outage, execute nothing

Plays upsmon.conf on the monitor's own rules: what would be notified, which host
would go down when, what would be left in the batteries; and what is wrong.
SCENARIO is a text of events, or a .dev or .seq file of dummy-ups. Without one:
--mains-lost.

  -m, --mains-lost    the mains of all UPSes fail now
  -b, --back SECS     ... and come back after so long
  -l, --live          ask the servers (with --mains-lost this is so anyway)
  -o, --offline       ask nobody
  -r, --runtime SECS  what the batteries last, in place of battery.runtime
  -c, --charge PCT    ... and in place of battery.charge
  -s, --secondary HOST  one that must be logged in; may be repeated
  -f, --file FILE     read this file in place of upsmon.conf
  -j, --json          one object
{people.SERVER_OPTIONS}
Exit status: 0 the plan holds, 1 it does not, 2 the command cannot be read.
"""
OPTIONS = {
    "--mains-lost": "m",
    "--back": "b:",
    "--live": "l",
    "--offline": "o",
    "--runtime": "r:",
    "--charge": "c:",
    "--secondary": "s:",
    "--file": "f:",
    "--json": "j",
}
RUNTIME = 600.0
"""What a battery is taken to last where nobody says: seconds."""


def run(argv: list[str]) -> int:
    """Play it; 0 when the plan holds."""
    given = people.parse("drill", argv, OPTIONS, USAGE)
    _check(given)
    path = given.last("f") or f"{service.confpath()}/upsmon.conf"
    conf, faults = _load(path)
    extra = Memory()
    folder = os.path.dirname(path) or "."
    toml = extras.load(folder, extra, conf)
    settings = settings_of(conf, toml)
    faults += [Fault("wallnut.toml", text) for text in extra.texts]
    secondaries = [value for letter, value in given.options if letter == "s"]
    readings = {supply.name: Reading() for supply in settings.supplies}
    if not given.has("o") and (given.has("l") or not given.words):
        readings, found = survey.ask(conf, secondaries, given.timeout)
        faults += found
    else:
        readings = expecting(settings, readings, secondaries)
    readings, notes = _assume(given, readings)
    notes += _notes(conf)
    played = _outage(given, settings, readings)
    result = rehearse(settings, readings, played)
    script = _script(folder, faults) if toml.monitor.upssched else None
    faults += [*survey.files(conf, script), *result.faults]
    (_json if given.has("j") else _show)(played.title, path, result, faults, notes)
    return 1 if faults else 0


def _script(folder: str, faults: list[Fault]) -> Sequence[str]:
    """CMDSCRIPT, for upsmon itself acts on upssched.conf; with the faults goes what is wrong with that."""
    try:
        conf, problems = agenda.load(folder)
    except ConfigError as error:
        faults.append(Fault("upssched.conf", str(error)))
        return ()
    faults += [Fault("upssched.conf", str(problem)) for problem in problems]
    return conf.cmdscript


def _check(given: Given) -> None:
    """What does not go together."""
    wrong = ""
    if len(given.words) > 1:
        wrong = "one scenario at a time"
    elif given.words and given.has("m"):
        wrong = "a scenario, or --mains-lost"
    elif given.words and given.has("b"):
        wrong = "--back is for --mains-lost"
    elif given.has("l") and given.has("o"):
        wrong = "--live, or --offline"
    if wrong:
        raise _usage(wrong)


def _usage(text: str) -> Stop:
    return Stop(2, f"wallnut drill: {text}\nTry: wallnut drill --help\n")


def _number(given: Given, letter: str, name: str, most: float) -> float | None:
    """The value of an option that takes a number."""
    said = given.last(letter)
    value = outage.number(said) if said else None
    if said and (value is None or value > most):
        raise _usage(f"{name} needs a number up to {most:g}, not '{said}'")
    return value


def _load(path: str) -> tuple[UpsmonConf, list[Fault]]:
    try:
        conf, problems = parse_upsmon_conf(service.read_bytes(path), path)
    except ConfigError as error:
        raise Stop(1, f"{error}\n") from None
    if not conf.monitors:
        raise Stop(1, f"{path} has no MONITOR line, so there is nothing to play\n")
    return conf, [Fault("upsmon.conf", str(problem)) for problem in problems if problem.severity == ERROR]


def _assume(given: Given, readings: dict[str, Reading]) -> tuple[dict[str, Reading], list[str]]:
    """Readings with what the command line says of the batteries; for lost mains, an assumption where nobody does."""
    runtime, charge = _number(given, "r", "--runtime", 1e7), _number(given, "c", "--charge", 100)
    notes = []
    found = {}
    for name, one in readings.items():
        if runtime is not None:
            one = replace(one, runtime=runtime)
        if charge is not None:
            one = replace(one, charge=charge)
        if one.runtime is None and not given.words and not one.trouble:
            one = replace(one, runtime=RUNTIME, charge=100.0 if one.charge is None else one.charge)
            notes.append(f"{name}: its battery.runtime is not known; taken for {RUNTIME:g} s (--runtime says another)")
        found[name] = one
    return found, notes


def _notes(conf: UpsmonConf) -> list[str]:
    """What is no fault, but worth knowing."""
    notes = []
    if not conf.powerdownflag and any(one.primary for one in conf.monitors):
        notes.append("no POWERDOWNFLAG: nothing tells the UPS to cut the power, which brings hosts back with the mains")
    if not any(one.primary for one in conf.monitors):
        notes.append("this host is secondary: played as if its primary did not act")
    if os.geteuid() != 0:
        notes.append("not run as root: what only root may see of files was not looked at")
    return notes


def _outage(given: Given, settings: Settings, readings: dict[str, Reading]) -> Outage:
    if not given.words:
        return outage.mains_lost(readings, _number(given, "b", "--back", 1e7))
    path = given.words[0]
    try:
        data = service.read_bytes(path)
        if path.endswith((".seq", ".dev")):
            return outage.from_script(data, settings, path)
        return outage.from_scenario(drill.parse(data.decode("utf-8", "replace")), settings, path)
    except ConfigError as error:
        raise Stop(2, f"{error}\n") from None
    except drill.ScenarioError as error:
        raise Stop(2, f"{path}: {error}\n") from None


def _show(title: str, path: str, result: Rehearsal, faults: list[Fault], notes: list[str]) -> None:
    """The timeline and the verdict, for people."""
    paint = Paint.standard()
    lines = [f"{title}; {path}; nothing is executed", ""]
    for entry in result.entries:
        text = paint.severity(2, entry.text) if entry.kind in ("down", "empty") else entry.text
        lines.append(f"{clock(entry.at):>10}  {text}")
    lines.append("")
    if result.down is None:
        lines.append("This host stays up.")
    else:
        margin = None if result.dark is None else result.dark - result.down
        last = "" if margin is None or margin < 0 else f", {margin:.0f} s before its power is gone"
        lines.append(f"This host goes down after {clock(result.down)}{last}.")
    lines += [f"Left in {name}: {level}" for name, level in result.left.items()]
    lines += [f"Note: {note}" for note in notes]
    lines += [paint.severity(2, f"Fault: {fault.about}: {fault.text}") for fault in faults]
    lines.append(paint.severity(2, f"The plan does not hold: {len(faults)} faults.") if faults else "The plan holds.")
    out("\n".join(lines) + "\n")


def clock(seconds: float) -> str:
    """A time since the beginning: minutes, or hours and minutes; tenths only where there are any."""
    tenths = round(seconds * 10)
    whole, tenth = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{text}.{tenth}" if tenth else text


def _json(title: str, path: str, result: Rehearsal, faults: list[Fault], notes: list[str]) -> None:
    """The same as one object."""
    from json import dumps

    found = {
        "holds": not faults,
        "outage": title,
        "file": path,
        "faults": [{"about": fault.about, "text": fault.text} for fault in faults],
        "notes": notes,
        "begun": result.begun,
        "down": result.down,
        "dark": result.dark,
        "left": dict(result.left),
        "timeline": [
            {"at": round(entry.at, 3), "kind": entry.kind, "about": entry.about, "text": entry.text}
            for entry in result.entries
        ],
    }
    out(dumps(found, ensure_ascii=False, indent=1) + "\n")

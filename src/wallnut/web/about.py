"""What the settings say of the other parts, as far as everybody may know it: no address of a target, no password."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from wallnut.config.wallnut_toml import WallnutToml
from wallnut.version import VERSION

PARTS = ("starlette", "uvicorn", "jinja2")


@dataclass(frozen=True, slots=True)
class Told:
    """A target of notifications: its services by their names, and what it is told ("": all)."""

    name: str
    services: tuple[str, ...]
    events: tuple[str, ...]
    ups: tuple[str, ...]
    severity: str


@dataclass(frozen=True, slots=True)
class About:
    """What wallnut.toml says; `file` "": there is none. `recorded` are the servers whose UPSes are recorded."""

    file: str = ""
    targets: tuple[Told, ...] = ()
    recorded: tuple[str, ...] = ()


def about(toml: WallnutToml, file: str) -> About:
    """What may be shown of a wallnut.toml."""
    targets = tuple(
        Told(
            target.name,
            tuple(dict.fromkeys(url.partition("://")[0] for url in target.url)),
            target.events,
            () if target.ups == ("*",) else target.ups,
            target.severity,
        )
        for target in toml.notify.targets
    )
    return About(file, targets, toml.history.servers)


def versions() -> dict[str, str]:
    """What runs here."""
    return {"wallnut": VERSION, "Python": platform.python_version(), **{part: metadata.version(part) for part in PARTS}}

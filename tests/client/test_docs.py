"""The examples of docs/client.md run as they stand, but for the port."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cnut import CNut

PAGE = Path(__file__).parents[2] / "docs" / "client.md"
BLOCKS = [block.partition("```")[0] for block in PAGE.read_text().split("```python\n")[1:]]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_example(block: str, nut: CNut, capsys: pytest.CaptureFixture[str]) -> None:
    code = block.replace('"localhost"', f'"127.0.0.1", {nut.port}').replace("@localhost", f"@127.0.0.1:{nut.port}")
    exec(compile(code, str(PAGE), "exec"), {"__name__": "example"})
    said = capsys.readouterr().out
    if "231.1" in block:
        assert "231.1 V\n100 % Model = 9\n" in said
    nut.ask("USERNAME admin", "PASSWORD adm", 'SET VAR dummy ups.id "rack 3"')
    nut.wait_for("dummy", "ups.id", "rack 3")

"""Calls of PyNUT's methods, for whichever PyNUT is found: run with a port, it prints JSON [[label, result], ...].

Results are reprs; errors are `! text`, without the bytes and line feeds that older versions put into them.
"""

import json
import sys

import PyNUT

CALLS = [
    ("ver",),
    ("help",),
    ("GetUPSList",),
    ("GetUPSVars", "dummy"),
    ("GetUPSVars", "DUMMY"),
    ("GetUPSVars",),
    ("GetUPSVars", "zz"),
    ("GetUPSVars", "nodrv"),
    ("GetUPSCommands", "zz"),
    ("GetRWVars", "dummy"),
    ("GetRWVars", "zz"),
    ("SetRWVar", "dummy", "ups.id", "one"),
    ("SetRWVar", "dummy", "ups.id", '"in quotes"'),
    ("SetRWVar", "dummy", "ups.id", ""),
    ("SetRWVar", "dummy", "driver.name", "x"),
    ("SetRWVar", "dummy", "ups.id", "x" * 100),
    ("SetRWVar", "dummy", "no.such", "x"),
    ("SetRWVar", "zz", "ups.id", "x"),
    ("SetRWVar",),
    ("RunUPSCommand", "dummy", "load.off"),
    ("RunUPSCommand", "dummy", "no.such"),
    ("RunUPSCommand",),
]


def said(call):
    try:
        return repr(call())
    except PyNUT.PyNUTError as error:
        text = error.args[0]
        return "! " + (text.decode() if isinstance(text, bytes) else text).strip()


def main(port):
    client = PyNUT.PyNUTClient("127.0.0.1", port, "admin", "adm", False, 5)
    results = [(repr(words), said(lambda words=words: getattr(client, words[0])(*words[1:]))) for words in CALLS]
    for who in ((None, None), ("x", None), ("admin", "x"), ("", ""), ("mon", "mon")):

        def attempt(login=who[0], password=who[1]):
            return PyNUT.PyNUTClient(port=port, login=login, password=password).SetRWVar("dummy", "ups.id", "x")

        results.append((f"set by {who}", said(attempt)))
    primary = PyNUT.PyNUTClient(host="127.0.0.1", port=str(port), login="mon", password="mon")
    results.append(("FSD", said(lambda: primary.FSD("bare"))))
    results.append(("after FSD", said(lambda: primary.GetUPSVars("bare"))))
    for label, call in (
        ("refused", lambda: PyNUT.PyNUTClient(port=1)),
        ("no host", lambda: PyNUT.PyNUTClient("x.invalid")),
    ):
        try:
            call()
        except OSError as error:
            results.append((label, f"{type(error).__name__} {error.args}"))
    print(json.dumps(results))


if __name__ == "__main__":
    main(int(sys.argv[1]))

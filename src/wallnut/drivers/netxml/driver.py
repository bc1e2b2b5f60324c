"""netxml-ups: UPSes and PDUs behind network cards that tell of them in XML pages over HTTP."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wallnut.drivers.base import REPLAY, Driver, Option, Publisher, Result, Settings
from wallnut.drivers.netxml import pages
from wallnut.drivers.netxml.documents import BadPage, Element, parse
from wallnut.drivers.netxml.mge import MGE
from wallnut.drivers.netxml.rows import Flag, Picture, phases
from wallnut.drivers.netxml.subscription import KIND, Subscription, granted, request
from wallnut.io.http import OK, Http
from wallnut.io.tcp import Tcp
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.http import Web

SIDES = ("input.", "input.bypass.", "output.")
"""Variables whose phases are counted."""
REASON = "input.transfer.reason"
REASONS = ((Flag.VOLTAGE_RANGE, "input voltage out of range"), (Flag.FREQUENCY_RANGE, "input frequency out of range"))
RETRY = 60.0
"""Seconds between two attempts to subscribe."""
MOST_FAILED = 1
"""Pages of a poll that may fail: some cards have no page of objects."""


class NetXml(Driver):
    """The driver."""

    name = "netxml-ups"
    version = "1.0"
    title = "Network XML UPS driver"
    options = (
        Option("timeout", "Seconds that an answer may take (5)"),
        Option("subscribe", "Be told of alarms by the card", flag=True),
        Option("login", "Name for a card that asks for one"),
        Option("password", "Password for it"),
        Option("shutdown_duration", "Seconds that this system needs to shut down (120)"),
        Option("shutdown_timer", "Seconds on battery after which the card says to shut down (never)"),
        Option("do_convert_deci", "Divide by ten what very old cards send tenfold", flag=True),
        Option("cafile", "Certificates to trust with https, in place of the system's (PEM)"),
        Option("insecure", "Do not check the card's certificate", flag=True),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._way = Http(
            settings.text("port"),
            login=settings.text("login"),
            password=settings.text("password"),
            limit=settings.integer("timeout", 5, 1, 60),
            agent=MGE.version,
            cafile=settings.text("cafile"),
            insecure=settings.flag("insecure"),
        )
        if not settings.text("port").startswith(REPLAY):
            try:
                self._way.place()
            except ValueError as error:
                raise settings.error("port", str(error)) from None
        self._duration = settings.integer("shutdown_duration", 120, 0)
        self._timer = settings.integer("shutdown_timer", 0, 0)
        self._tenths = settings.flag("do_convert_deci")
        self._subscribes = settings.flag("subscribe") and not settings.text("port").startswith(REPLAY)
        self._subscription: Subscription | None = None
        self._next_try = 0.0
        self._web: Web | None = None
        self._first = ""
        self._product: pages.Product | None = None
        self._picture = Picture(MGE, self._duration, self._tenths)

    def open(self) -> None:
        """Find the first page, and from it the others."""
        self._picture = Picture(MGE, self._duration, self._tenths)
        self._web = self.connect(self._way)
        troubles = []
        for page in MGE.products:
            try:
                found = pages.product(self._page(page))
            except DeviceError as error:
                troubles.append(str(error))
                continue
            if found is None:
                troubles.append(f"{page}: not a card's first page")
                continue
            self._first = page
            self._take_product(found)
            break
        else:
            raise DeviceError(f"no card that speaks XML: {troubles[0]}")
        self.ups.set("driver.version.data", MGE.version)
        self._next_try = self.clock()

    def _take_product(self, found: pages.Product) -> None:
        if found.protocol.upper() == pages.UNSUPPORTED:
            raise DeviceError("the card speaks XML version 4, of which nothing is known; try snmp-ups")
        self._product = found
        self._picture.kind = found.kind
        if found.firmware:
            self.ups.set("ups.firmware.aux", found.firmware)
        if found.serial:
            self._picture.values.setdefault("ups.serial", found.serial)
        if "ePDU" in found.kind:
            self.ups.set("device.type", "pdu")

    def poll(self) -> None:
        """Read the pages, and publish what they say."""
        product = self._opened()
        if self._subscribes:
            self._hear(product)
        failed = [self._take_page(page) for page in (product.objects, product.summary)]
        try:
            if (again := pages.product(self._page(self._first))) is not None:
                self._take_product(again)  # its firmware may have been renewed
        except DeviceError as error:
            failed.append(str(error))
        troubles = [trouble for trouble in failed if trouble]
        if len(troubles) > MOST_FAILED:
            raise DeviceError(troubles[-1])
        self._publish()

    def _take_page(self, page: str) -> str:
        """Take in a page of objects; why it could not be, or ""."""
        if not page:
            return "the card has no such page"
        try:
            root = self._page(page)
        except DeviceError as error:
            return str(error)
        for name, value in pages.objects(root):
            self._picture.take(name, value)
        return ""

    def _page(self, path: str) -> Element:
        assert self._web is not None
        reply = self._web.get(path)
        if reply.status != OK:
            raise DeviceError(_refusal(path, reply.status))
        try:
            return parse(reply.body)
        except BadPage as error:
            if error.root is not None:  # of a torn page counts what came whole: it is true
                for name, value in pages.objects(error.root):
                    self._picture.take(name, value)
            raise DeviceError(f"{path}: {error}") from None

    def _hear(self, product: pages.Product) -> None:
        """Take in the alarms that came; subscribe where that is not done. Without it we only learn of things later."""
        if self._subscription is not None:
            for said in self._subscription.take():
                self._picture.take(said.get("object", ""), said.get("value", ""))
                self._picture.take(MGE.time_path, said.get("date", ""))
            if not self._subscription.trouble:
                return
            self.ups.log.warning(f"no more alarms from the card: {self._subscription.trouble}")
            self._unsubscribe()
        if self.clock() < self._next_try:
            return
        self._next_try = self.clock() + RETRY
        try:
            self._subscription = self._subscribed(product)
        except DeviceError as error:
            self.ups.log.warning(f"no alarms from the card, only polling: {error}")
        else:
            self.ups.log.notice("the card sends alarms")

    def _subscribed(self, product: pages.Product) -> Subscription:
        if not product.subscribe:
            raise DeviceError("it has none to subscribe to")
        host = os.uname().nodename
        self.ups.set("driver.hostname", host)
        if product.config and (config := pages.client(self._page(product.config))) is not None:
            for name, value in zip(("driver.timer.shutdown", "driver.delay.shutdown"), config, strict=True):
                self.ups.set(name, value)
        assert self._web is not None
        who = f"{self.name} v{self.version}"
        reply = self._web.post(product.subscribe, request(who, host, self._duration, self._timer), KIND)
        grant = granted(reply.body)
        if grant is None:
            raise DeviceError(f"{product.subscribe}: no port and secret in the answer (status {reply.status})")
        connection = Tcp(self._way.place()[1], grant[0], self._way.limit).open()
        try:
            return Subscription(connection, grant[1], self._wake)
        except DeviceError:
            connection.close()
            raise

    def _wake(self) -> None:
        """Be polled now. Called in the subscription's thread."""
        self.ups.poll_in(0.0)
        self.ups.commit()

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def _publish(self) -> None:
        picture, put = self._picture, self.ups.set
        for name, value in picture.values.items():
            if (row := picture.row(name)) is not None:
                put(name, value, writable=True, length=row.length)
            else:
                put(name, value)
        for side in SIDES:
            if number := phases(picture.values, side):
                put(f"{side}phases", number)
        reason = next((text for flag, text in REASONS if flag in picture.flags), "")
        if reason:
            put(REASON, reason)
        else:
            self.ups.unset(REASON)
        self.ups.alarm(*picture.alarms())
        self.ups.status(*picture.words())

    def set(self, name: str, value: str) -> Result:
        """Send a setting, and look whether the card has taken it: its answer does not tell."""
        row = self._picture.row(name)
        if row is None or row.name not in self._picture.values:
            return Result.UNKNOWN
        if not value.strip() or len(value) > row.length:
            return Result.INVALID
        self._send(row.path, value.strip())
        self._take_page(self._opened().objects)
        self._take_page(self._opened().summary)
        self._publish()
        return Result.HANDLED if self._picture.values[row.name] == value.strip() else Result.FAILED

    def _send(self, path: str, value: str) -> None:
        assert self._web is not None
        reply = self._web.post(MGE.set_page, pages.setting(path, value), pages.FORM)
        if reply.status >= 400:
            raise DeviceError(_refusal(MGE.set_page, reply.status))

    def shutdown(self) -> None:
        """Make the card believe that the battery lasts no longer: it shuts the UPS down until the mains are back."""
        self._opened()
        name, value = MGE.last_setting
        row = self._picture.row(name)
        assert row is not None
        self._send(row.path, value)

    def _opened(self) -> pages.Product:
        if self._product is None or self._web is None:
            raise DeviceError("the card is not open")
        return self._product

    def close(self) -> None:
        """Disconnect."""
        self._unsubscribe()
        if self._web is not None:
            self._web.close()
        self._web = self._product = None


def _refusal(path: str, status: int) -> str:
    """What to say of an answer that is no page, and what to do about it."""
    todo = ""
    if status in (401, 403):
        todo = "; it wants another login and password"
    elif 300 <= status < 400:
        todo = "; perhaps it wants https in port"
    return f"{path}: the card answers with status {status}{todo}"

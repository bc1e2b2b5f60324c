"""The catalogue of NUT's standard variables and instant commands: type, unit and text of each.

It feeds the server's descriptions, the client's typed values, the web pages, docs/variables.md and docs/commands.md.
Names, units and kinds are those of NUT's name list (docs/nut-names.txt), RFC 9271 and cmdvartab; the texts are our own.
To add a name, add a row. A row stands for more names than its own:

- `outlet.x` also for `outlet.3.x` and, unless `outlet.group.n.x` has a row, for `outlet.group.3.x`;
  `ambient.x` and `input.x` also for `ambient.2.x` and `input.2.x` (0 is the default one or the whole);
- `n` in a row stands for any number, `x` at the end of a row for anything;
- all of them once more behind `device.2.` (a unit of a daisy chain) and behind `upstream.` (a proxied driver);
- measurements of inputs and outputs have no rows: they are composed by rule from DOMAINS, CONTEXTS and SPECS.

Names are compared without case. Everything here is plain tuples and dicts, because one-shot tools load it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Row = tuple[str, str, str, str]  # name, unit (of an ENUM: its words), kind, text
    CommandRow = tuple[str, str, str, str]  # name, effect, meaning of the value, text

# Kinds. They say how a value reads; see value().
NUM = "number"  # decimal point, optional sign, no exponent, no blanks
INT = "integer"  # some devices still send 3.00
TEXT = "text"  # free text: show it, do not parse it
HEX = "hex"  # hexadecimal digits: stays text, so that 0463 keeps its zero
DATE = "date"  # preferably YYYY-MM-DD, but vendors send anything: stays text
TOKENS = "words"  # words separated by one blank
ENUM = "one of"  # one of the listed words
YESNO = "yes/no"
ONOFF = "on/off"
SWITCH = "enabled/disabled"
BIT = "1/0"

KINDS = (NUM, INT, TEXT, HEX, DATE, TOKENS, ENUM, YESNO, ONOFF, SWITCH, BIT)

_VERDICTS = "good warning-low critical-low warning-high critical-high"
_BEEPER = "enabled disabled muted"
_STATES = (
    "init.starting init.device init.quiet init.info init.updateinfo quiet updateinfo reloading reconnect.trying"
    " reconnect.updateinfo dumping fsd.killpower cleanup.upsdrv cleanup.exit"
)

VARIABLES: tuple[Row, ...] = (
    ("device.model", "", TEXT, "Product name of the device"),
    ("device.mfr", "", TEXT, "Maker of the device"),
    ("device.serial", "", TEXT, "Serial number of the device"),
    ("device.type", "ups pdu scd psu ats", ENUM, "Kind of device"),
    ("device.description", "", TEXT, "Free description of the device"),
    ("device.contact", "", TEXT, "Person responsible for the device"),
    ("device.location", "", TEXT, "Place where the device stands"),
    ("device.part", "", TEXT, "Part number of the device"),
    ("device.macaddr", "", TEXT, "Network hardware address of the device"),
    ("device.uptime", "s", INT, "Time since the device started"),
    ("device.count", "", INT, "Units in the daisy chain"),
    ("device.usb.version", "", TEXT, "USB version that the firmware reports"),
    ("ups.status", "", TOKENS, "State words of the UPS"),
    ("ups.alarm", "", TEXT, "Alarms now active"),
    ("ups.time", "", DATE, "Time on the clock of the UPS"),
    ("ups.date", "", DATE, "Date on the clock of the UPS"),
    ("ups.model", "", TEXT, "Product name of the UPS"),
    ("ups.mfr", "", TEXT, "Maker of the UPS"),
    ("ups.mfr.date", "", DATE, "Day the UPS was built"),
    ("ups.serial", "", TEXT, "Serial number of the UPS"),
    ("ups.vendorid", "", HEX, "USB vendor id"),
    ("ups.productid", "", HEX, "USB product id"),
    ("ups.firmware", "", TEXT, "Main firmware"),
    ("ups.firmware.aux", "", TEXT, "Second firmware"),
    ("ups.temperature", "°C", NUM, "Temperature inside the UPS"),
    ("ups.load", "%", NUM, "Load, share of the capacity"),
    ("ups.load.high", "%", NUM, "Load at which the UPS says it is overloaded"),
    ("ups.load.energysave", "%", NUM, "Load below which energy saving starts"),
    ("ups.id", "", TEXT, "Name the user gave the UPS"),
    ("ups.delay.start", "s", INT, "Wait before the load is switched on"),
    ("ups.delay.reboot", "s", INT, "Wait before a reboot of the UPS"),
    ("ups.delay.shutdown", "s", INT, "Wait before the load is switched off"),
    ("ups.timer.start", "s", INT, "Countdown until the load is switched on"),
    ("ups.timer.reboot", "s", INT, "Countdown until the reboot"),
    ("ups.timer.shutdown", "s", INT, "Countdown until the load is switched off"),
    ("ups.test.interval", "s", INT, "Time from one self-test to the next"),
    ("ups.test.result", "", TEXT, "Outcome of the last self-test"),
    ("ups.test.date", "", DATE, "Day of the last self-test"),
    ("ups.display.language", "", TEXT, "Language of the front panel"),
    ("ups.contacts", "", TEXT, "State of the contact inputs"),
    ("ups.efficiency", "%", NUM, "Efficiency: output power by input power"),
    ("ups.power", "VA", NUM, "Apparent power"),
    ("ups.power.nominal", "VA", NUM, "Apparent power, rating"),
    ("ups.realpower", "W", NUM, "Real power"),
    ("ups.realpower.nominal", "W", NUM, "Real power, rating"),
    ("ups.beeper.status", _BEEPER, ENUM, "State of the beeper"),
    ("beeper.status", _BEEPER, ENUM, "State of the beeper (old name)"),
    ("ups.type", "", TEXT, "Topology of the UPS"),
    ("ups.mode", "online line-interactive bypass", ENUM, "Mode the UPS works in"),
    ("ups.mode.buzzwords", "", TOKENS, "Vendor names of the present modes"),
    ("experimental.ups.mode.buzzwords", "", TOKENS, "Vendor names of the present modes"),
    ("ups.watchdog.status", "", SWITCH, "State of the watchdog"),
    ("ups.start.auto", "", YESNO, "Starts by itself when mains returns"),
    ("ups.start.battery", "", YESNO, "May be started without mains"),
    ("ups.start.reboot", "", YESNO, "Restarts the load if mains returned during a shutdown"),
    ("ups.shutdown", "", SWITCH, "Permission to power the UPS off"),
    # Inputs: names that are not plain measurements (those are composed, see SPECS).
    ("input.voltage.extended", "", YESNO, "Wide voltage range accepted"),
    ("input.voltage.fault", "V", NUM, "Input voltage at the last transfer to battery"),
    ("input.transfer.delay", "s", INT, "Wait before going back to mains"),
    ("input.transfer.reason", "", TEXT, "Reason of the last transfer to battery"),
    ("input.transfer.low", "V", NUM, "Voltage below which the UPS goes to battery"),
    ("input.transfer.high", "V", NUM, "Voltage above which the UPS goes to battery"),
    ("input.transfer.low.min", "V", NUM, "Lowest setting of the low transfer voltage"),
    ("input.transfer.low.max", "V", NUM, "Highest setting of the low transfer voltage"),
    ("input.transfer.high.min", "V", NUM, "Lowest setting of the high transfer voltage"),
    ("input.transfer.high.max", "V", NUM, "Highest setting of the high transfer voltage"),
    ("input.transfer.boost.low", "V", NUM, "Boosting, lower voltage"),
    ("input.transfer.boost.high", "V", NUM, "Boosting, upper voltage"),
    ("input.transfer.trim.low", "V", NUM, "Trimming, lower voltage"),
    ("input.transfer.trim.high", "V", NUM, "Trimming, upper voltage"),
    ("input.transfer.eco.low", "V", NUM, "Eco mode, lower voltage"),
    ("input.transfer.eco.high", "V", NUM, "Eco mode, upper voltage"),
    ("input.transfer.bypass.low", "V", NUM, "Bypass, lower voltage"),
    ("input.transfer.bypass.high", "V", NUM, "Bypass, upper voltage"),
    ("input.transfer.frequency.bypass.range", "%", NUM, "Bypass, frequency window around the nominal value"),
    ("input.transfer.frequency.eco.range", "%", NUM, "Eco mode, frequency window around the nominal value"),
    ("input.transfer.hysteresis", "V", NUM, "Margin between a transfer and its way back"),
    ("input.transfer.bypass.forced", "", SWITCH, "Rule: automatic bypass"),
    ("input.transfer.bypass.overload", "", SWITCH, "Rule: bypass on overload"),
    ("input.transfer.bypass.outlimits", "", SWITCH, "Rule: bypass when the input is out of tolerance"),
    ("input.eco.switchable", "", TEXT, "Switch of the eco mode"),
    ("input.bypass.switchable", "", SWITCH, "Automatic bypass possible"),
    ("input.bypass.switch.on", "", TEXT, "Switch that enters bypass"),
    ("input.bypass.switch.off", "", TEXT, "Switch that leaves bypass"),
    ("input.sensitivity", "", TEXT, "Sensitivity to disturbances of the mains"),
    ("input.quality", "", TEXT, "Quality of the mains"),
    ("input.feed.color", "", TEXT, "Colour of the feed"),
    ("input.feed.desc", "", TEXT, "Description of the feed"),
    ("input.frequency.status", "good out-of-range", ENUM, "Verdict on the input frequency"),
    ("input.frequency.low", "Hz", NUM, "Input frequency, low limit"),
    ("input.frequency.high", "Hz", NUM, "Input frequency, high limit"),
    ("input.frequency.extended", "", YESNO, "Wide frequency range accepted"),
    ("input.source", "", INT, "Source that feeds the load"),
    ("input.source.preferred", "", INT, "Source that is preferred"),
    ("input.count", "", INT, "Number of inputs"),
    ("input.id", "", TEXT, "Input id"),
    ("input.phase.shift", "°", NUM, "Phase angle between the sources"),
    ("output.inverter.latency", "s", NUM, "Gap in the output at a switch-over"),
    ("battery.charge", "%", NUM, "Battery charge"),
    ("battery.charge.approx", "%", TEXT, "Battery charge, roughly"),
    ("battery.charge.low", "%", NUM, "Battery charge at which the battery is low"),
    ("battery.charge.restart", "%", NUM, "Battery charge needed to restart"),
    ("battery.charge.warning", "%", NUM, "Battery charge at which the UPS warns"),
    ("battery.charger.status", "charging discharging floating resting", ENUM, "State of the charger"),
    ("battery.charger.type", "", TEXT, "Kind of charger"),
    ("battery.voltage", "V", NUM, "Battery voltage"),
    ("battery.voltage.cell.max", "V", NUM, "Battery voltage, highest cell"),
    ("battery.voltage.cell.min", "V", NUM, "Battery voltage, lowest cell"),
    ("battery.voltage.maximum", "V", NUM, "Battery voltage, highest seen"),
    ("battery.voltage.minimum", "V", NUM, "Battery voltage, lowest seen"),
    ("battery.voltage.nominal", "V", NUM, "Battery voltage, nominal"),
    ("battery.voltage.low", "V", NUM, "Battery voltage when empty"),
    ("battery.voltage.high", "V", NUM, "Battery voltage when full"),
    ("battery.capacity", "Ah", NUM, "Battery capacity"),
    ("battery.capacity.nominal", "Ah", NUM, "Battery capacity, nominal"),
    ("battery.current", "A", NUM, "Battery current"),
    ("battery.current.total", "A", NUM, "Battery current, all strings"),
    ("battery.status", "", TEXT, "Health of the battery"),
    ("battery.temperature", "°C", NUM, "Battery temperature"),
    ("battery.temperature.cell.max", "°C", NUM, "Battery temperature, hottest cell"),
    ("battery.temperature.cell.min", "°C", NUM, "Battery temperature, coldest cell"),
    ("battery.runtime", "s", NUM, "Time left on battery"),
    ("battery.runtime.low", "s", NUM, "Time left at which the battery is low"),
    ("battery.runtime.restart", "s", NUM, "Time on battery needed to restart"),
    ("battery.alarm.threshold", "", TEXT, "When the battery alarm sounds"),
    ("battery.date", "", DATE, "Day the battery was fitted or replaced"),
    ("battery.date.maintenance", "", DATE, "Day the battery is to be replaced"),
    ("battery.mfr.date", "", DATE, "Day the battery was made"),
    ("battery.packs", "", INT, "Battery packs inside"),
    ("battery.packs.bad", "", INT, "Battery packs that failed"),
    ("battery.packs.external", "", INT, "Battery packs outside"),
    ("battery.type", "", TEXT, "Battery chemistry"),
    ("battery.protection", "", YESNO, "Guard against deep discharge"),
    ("battery.energysave", "", YESNO, "Switches off on battery when there is little load"),
    ("battery.energysave.load", "%", NUM, "Load below which it switches off on battery"),
    ("battery.energysave.delay", "min", NUM, "Wait before it switches off to save energy"),
    ("battery.energysave.realpower", "W", NUM, "Power below which it switches off on battery"),
    ("ambient.count", "", INT, "Number of sensors"),
    ("ambient.name", "", TEXT, "Sensor name"),
    ("ambient.id", "", TEXT, "Sensor id"),
    ("ambient.address", "", TEXT, "Sensor address"),
    ("ambient.parent.serial", "", TEXT, "Serial number of the device the sensor is plugged into"),
    ("ambient.mfr", "", TEXT, "Maker of the sensor"),
    ("ambient.model", "", TEXT, "Product name of the sensor"),
    ("ambient.firmware", "", TEXT, "Firmware of the sensor"),
    ("ambient.present", "", YESNO, "Sensor is plugged in"),
    ("ambient.temperature", "°C", NUM, "Ambient temperature"),
    ("ambient.temperature.alarm", "", SWITCH, "Ambient temperature alarm"),
    ("ambient.temperature.status", _VERDICTS, ENUM, "Verdict on the ambient temperature"),
    ("ambient.temperature.high", "°C", NUM, "Ambient temperature, high limit"),
    ("ambient.temperature.high.warning", "°C", NUM, "Ambient temperature, high warning limit"),
    ("ambient.temperature.high.critical", "°C", NUM, "Ambient temperature, high critical limit"),
    ("ambient.temperature.low", "°C", NUM, "Ambient temperature, low limit"),
    ("ambient.temperature.low.warning", "°C", NUM, "Ambient temperature, low warning limit"),
    ("ambient.temperature.low.critical", "°C", NUM, "Ambient temperature, low critical limit"),
    ("ambient.temperature.maximum", "°C", NUM, "Ambient temperature, highest seen"),
    ("ambient.temperature.minimum", "°C", NUM, "Ambient temperature, lowest seen"),
    ("ambient.temperature.alarm.maximum", "°C", NUM, "Ambient temperature, upper alarm limit (old name)"),
    ("ambient.temperature.alarm.minimum", "°C", NUM, "Ambient temperature, lower alarm limit (old name)"),
    ("ambient.temperature.alarm.enable", "", YESNO, "Ambient temperature alarm (old name)"),
    ("ambient.humidity", "%", NUM, "Ambient humidity"),
    ("ambient.humidity.alarm", "", SWITCH, "Ambient humidity alarm"),
    ("ambient.humidity.status", _VERDICTS, ENUM, "Verdict on the ambient humidity"),
    ("ambient.humidity.high", "%", NUM, "Ambient humidity, high limit"),
    ("ambient.humidity.high.warning", "%", NUM, "Ambient humidity, high warning limit"),
    ("ambient.humidity.high.critical", "%", NUM, "Ambient humidity, high critical limit"),
    ("ambient.humidity.low", "%", NUM, "Ambient humidity, low limit"),
    ("ambient.humidity.low.warning", "%", NUM, "Ambient humidity, low warning limit"),
    ("ambient.humidity.low.critical", "%", NUM, "Ambient humidity, low critical limit"),
    ("ambient.humidity.maximum", "%", NUM, "Ambient humidity, highest seen"),
    ("ambient.humidity.minimum", "%", NUM, "Ambient humidity, lowest seen"),
    ("ambient.humidity.alarm.maximum", "%", NUM, "Ambient humidity, upper alarm limit (old name)"),
    ("ambient.humidity.alarm.minimum", "%", NUM, "Ambient humidity, lower alarm limit (old name)"),
    ("ambient.humidity.alarm.enable", "", YESNO, "Ambient humidity alarm (old name)"),
    ("ambient.contacts.n.status", "open closed active inactive", ENUM, "State of the dry contact"),
    ("ambient.contacts.n.config", "", TEXT, "State of rest of the dry contact"),
    ("ambient.contacts.n.name", "", TEXT, "Name of the dry contact"),
    # Texts of outlets begin with the word Outlet: a group's text is made from them.
    ("outlet.count", "", INT, "Outlets there are"),
    ("outlet.id", "", TEXT, "Outlet id"),
    ("outlet.name", "", TEXT, "Outlet name"),
    ("outlet.desc", "", TEXT, "Outlet description in words"),
    ("outlet.groupid", "", INT, "Outlet belongs to this group"),
    ("outlet.switch", "", ONOFF, "Outlet switch: the state wanted"),
    ("outlet.status", "", ONOFF, "Outlet state"),
    ("outlet.protect.status", "", TEXT, "Outlet is protected or not"),
    ("outlet.switchable", "", YESNO, "Outlet can be switched"),
    ("outlet.ecocontrol", "", TEXT, "Outlet role in the eco control"),
    ("outlet.designator", "", TEXT, "Outlet label as printed"),
    ("outlet.autoswitch.charge.low", "%", NUM, "Outlet is switched off below this battery charge"),
    ("outlet.battery.charge.low", "%", NUM, "Outlet goes off below this battery charge"),
    ("outlet.delay.shutdown", "s", INT, "Outlet wait before off"),
    ("outlet.delay.start", "s", INT, "Outlet wait before on"),
    ("outlet.delay.reboot", "s", INT, "Outlet wait before off and on"),
    ("outlet.timer.shutdown", "s", INT, "Outlet countdown until off"),
    ("outlet.timer.start", "s", INT, "Outlet countdown until on"),
    ("outlet.timer.reboot", "s", INT, "Outlet countdown until off and on"),
    ("outlet.type", "", TEXT, "Outlet socket type"),
    ("outlet.group.count", "", INT, "Outlet groups there are"),
    ("outlet.group.n.type", "", TEXT, "Outlet group type"),
    ("outlet.group.n.color", "", TEXT, "Outlet group colour"),
    ("outlet.group.n.count", "", INT, "Outlets in the group"),
    ("outlet.group.n.phase", "L1 L2 L3", ENUM, "Outlet group phase"),
    ("outlet.group.n.input", "", INT, "Outlet group is fed by this input"),
    ("driver.name", "", TEXT, "Driver program"),
    ("driver.version", "", TEXT, "Release the driver belongs to"),
    ("driver.version.internal", "", TEXT, "Version of the driver itself"),
    ("driver.version.data", "", TEXT, "Version of the driver's table of the device"),
    ("driver.version.usb", "", TEXT, "Version of the USB library"),
    ("driver.parameter.x", "", TEXT, "Driver setting"),
    ("driver.flag.x", "", SWITCH, "Driver switch"),
    ("driver.flag.allow_killpower", "", BIT, "Permission for driver.killpower"),
    ("driver.debug", "", INT, "Debug level of the driver"),
    ("driver.primary.x", "", TEXT, "The driver that failover shows"),
    ("driver.link.x", "", TEXT, "State of one of the drivers that merge sits on"),
    ("driver.source.x", "", TEXT, "Where merge has a variable from"),
    ("driver.stats.x", "", INT, "How many of the drivers below are there, and how they are"),
    ("driver.state", _STATES, ENUM, "What the driver is doing"),
    ("driver.watchdog.reopened", "", INT, "Times that the device was opened again"),
    ("driver.watchdog.reset", "", INT, "Times that the device was reset because it hung"),
    ("driver.watchdog.enumerated", "", INT, "Times that the device was enumerated anew because it hung"),
    ("server.info", "", TEXT, "Server program and release"),
    ("server.version", "", TEXT, "Server release"),
)

# Measurements: DOMAIN[.CONTEXT].SPEC, e.g. input.voltage, input.bypass.L1-N.voltage, output.L2.power.percent.
# Outlets have the same ones, but no context.
DOMAINS = {
    "input": "Input",
    "input.bypass": "Bypass input",
    "input.servicebypass": "Service bypass input",
    "output": "Output",
    "output.bypass": "Bypass output",
    "output.inverter": "Inverter output",
    "output.servicebypass": "Service bypass output",
    "outlet": "Outlet",
    "outlet.group.n": "Outlet group",
}
CONTEXTS = ("L1", "L2", "L3", "N", "L1-L2", "L2-L3", "L3-L1", "L1-N", "L2-N", "L3-N")
# spec, unit (of an ENUM: its words), kind, text behind the domain's; with or without a context
SPECS: tuple[Row, ...] = (
    ("alarm", "", TEXT, "alarms"),
    ("current", "A", NUM, "current"),
    ("current.nominal", "A", NUM, "current, nominal"),
    ("current.maximum", "A", NUM, "current, highest seen"),
    ("current.minimum", "A", NUM, "current, lowest seen"),
    ("current.peak", "A", NUM, "current, peak"),
    ("current.status", _VERDICTS, ENUM, "current, verdict by its limits"),
    ("current.low.warning", "A", NUM, "current, low warning limit"),
    ("current.low.critical", "A", NUM, "current, low critical limit"),
    ("current.high.warning", "A", NUM, "current, high warning limit"),
    ("current.high.critical", "A", NUM, "current, high critical limit"),
    ("voltage", "V", NUM, "voltage"),
    ("voltage.nominal", "V", NUM, "voltage, nominal"),
    ("voltage.maximum", "V", NUM, "voltage, highest seen"),
    ("voltage.minimum", "V", NUM, "voltage, lowest seen"),
    ("voltage.status", _VERDICTS, ENUM, "voltage, verdict by its limits"),
    ("voltage.low.warning", "V", NUM, "voltage, low warning limit"),
    ("voltage.low.critical", "V", NUM, "voltage, low critical limit"),
    ("voltage.high.warning", "V", NUM, "voltage, high warning limit"),
    ("voltage.high.critical", "V", NUM, "voltage, high critical limit"),
    ("power", "VA", NUM, "apparent power"),
    ("power.nominal", "VA", NUM, "apparent power, rating"),
    ("power.maximum", "VA", NUM, "apparent power, highest seen"),
    ("power.minimum", "VA", NUM, "apparent power, lowest seen"),
    ("power.percent", "%", NUM, "apparent power, share of the rating"),
    ("power.maximum.percent", "%", NUM, "apparent power, share of the rating, highest seen"),
    ("power.minimum.percent", "%", NUM, "apparent power, share of the rating, lowest seen"),
    ("realpower", "W", NUM, "real power"),
    ("realpower.nominal", "W", NUM, "real power, rating"),
    ("powerfactor", "", NUM, "power factor (0 to 1)"),
    ("crestfactor", "", NUM, "crest factor (1 or more)"),
    ("load", "%", NUM, "load, share of the rating"),
)
# the same, for a domain as a whole only
WHOLE_SPECS: tuple[Row, ...] = (
    ("frequency", "Hz", NUM, "frequency"),
    ("frequency.nominal", "Hz", NUM, "frequency, nominal"),
    ("frequency.maximum", "Hz", NUM, "frequency, highest seen"),
    ("frequency.minimum", "Hz", NUM, "frequency, lowest seen"),
    ("phases", "", INT, "phases: 1 or 3"),
)

# Effects: what a command does to the load.
NONE = "none"
CUTS = "cuts power"
RESTORES = "restores power"
UNPROTECTS = "unprotects"  # the load stays powered, but less or not protected
TESTS = "test"  # the load may run from the battery meanwhile
DRIVER = "driver"  # acts on the driver program, not on the device

EFFECTS = (NONE, CUTS, RESTORES, UNPROTECTS, TESTS, DRIVER)

COMMANDS: tuple[CommandRow, ...] = (
    ("load.off", CUTS, "", "Switch the load off at once"),
    ("load.on", RESTORES, "", "Switch the load on at once"),
    ("load.off.delay", CUTS, "seconds to wait", "Switch the load off after a wait"),
    ("load.on.delay", RESTORES, "seconds to wait", "Switch the load on after a wait"),
    ("shutdown.default", CUTS, "", "Shut down the way the driver prefers"),
    ("shutdown.return", CUTS, "", "Switch the load off, and on again with mains"),
    ("shutdown.stayoff", CUTS, "", "Switch the load off for good"),
    ("shutdown.stop", NONE, "", "Cancel a shutdown under way"),
    ("shutdown.reboot", CUTS, "", "Switch the load off and on"),
    ("shutdown.reboot.graceful", CUTS, "", "Switch the load off and on after a wait"),
    ("test.panel.start", NONE, "", "Test the front panel"),
    ("test.panel.stop", NONE, "", "End the test of the front panel"),
    ("test.failure.start", TESTS, "", "Simulate a mains failure"),
    ("test.failure.stop", NONE, "", "End the simulated mains failure"),
    ("test.battery.start", TESTS, "seconds the test lasts (some devices)", "Test the battery"),
    ("test.battery.start.quick", TESTS, "", "Test the battery briefly"),
    ("test.battery.start.low", TESTS, "", "Test the battery until it is low"),
    ("test.battery.start.deep", TESTS, "", "Test the battery at length"),
    ("test.battery.stop", NONE, "", "End the battery test"),
    ("test.system.start", TESTS, "", "Test the whole system"),
    ("calibrate.start", TESTS, "", "Calibrate the runtime: empties the battery"),
    ("calibrate.stop", NONE, "", "End the calibration"),
    ("bypass.start", UNPROTECTS, "", "Enter bypass"),
    ("bypass.stop", NONE, "", "Leave bypass"),
    ("reset.input.minmax", NONE, "", "Forget the highest and lowest input voltage"),
    # The watchdog is there to restart the load: whoever sends this must know it.
    ("reset.watchdog", CUTS, "", "Restart the watchdog, which may restart the load"),
    ("beeper.enable", NONE, "", "Switch the beeper on"),
    ("beeper.disable", NONE, "", "Switch the beeper off"),
    ("beeper.mute", NONE, "", "Silence the beeper for now"),
    ("beeper.toggle", NONE, "", "Switch the beeper over"),
    ("beeper.on", NONE, "", "Switch the beeper on (old name)"),
    ("beeper.off", NONE, "", "Switch the beeper off (old name)"),
    ("clear.fault.record", NONE, "", "Erase the memory of faults"),
    ("outlet.load.off", CUTS, "", "Switch the outlet off"),
    ("outlet.load.on", RESTORES, "", "Switch the outlet on"),
    ("outlet.load.cycle", CUTS, "", "Switch the outlet off and on"),
    ("outlet.load.off.delay", CUTS, "seconds to wait", "Switch the outlet off after a wait"),
    ("outlet.load.on.delay", RESTORES, "seconds to wait", "Switch the outlet on after a wait"),
    ("outlet.load.cycle.delay", CUTS, "seconds to wait", "Switch the outlet off and on after a wait"),
    ("outlet.shutdown.return", CUTS, "", "Switch the outlet off, and on again with mains"),
    ("driver.killpower", CUTS, "", "Let the driver shut the UPS down"),
    ("driver.reload", DRIVER, "", "Let the driver read its settings again"),
    ("driver.reload-or-error", DRIVER, "", "Let the driver read its settings again, or say why not"),
    ("driver.reload-or-exit", DRIVER, "", "Let the driver read its settings again, or end"),
    ("driver.exit", DRIVER, "", "End the driver"),
    ("experimental.ecomode.start", UNPROTECTS, "", "Enter eco mode"),
    ("experimental.ecomode.stop", NONE, "", "Leave eco mode"),
    ("experimental.bypass.ecomode.start", UNPROTECTS, "", "Enter bypass, then eco mode"),
    ("experimental.bypass.ecomode.stop", NONE, "", "Leave eco mode that was entered from bypass"),
    ("experimental.essmode.start", UNPROTECTS, "", "Enter ESS mode"),
    ("experimental.essmode.stop", NONE, "", "Leave ESS mode"),
    ("experimental.test.beeper.start", NONE, "", "Test the beeper"),
    ("experimental.test.beeper.stop", NONE, "", "End the test of the beeper"),
    # The failover driver puts the name of a source's socket in front: ups1.force.primary.
    ("x.force.primary", DRIVER, "seconds it lasts", "Prefer this source"),
    ("x.force.ignore", DRIVER, "seconds it lasts", "Leave this source out"),
)

_ROWS = {row[0]: row for row in VARIABLES}
_COMMAND_ROWS = {row[0]: row for row in COMMANDS}
_CONTEXTS = {context.lower(): context for context in CONTEXTS}
_SPECS = {row[0]: row for row in SPECS}
_WHOLE_SPECS = {row[0]: row for row in WHOLE_SPECS}
# Branches that may be numbered: is the number dropped, or does n take its place?
_NUMBERED = {"outlet": "", "ambient": "", "input": "", "outlet.group": "n", "ambient.contacts": "n"}
_TRUTH = {
    YESNO: {"yes": True, "no": False},
    ONOFF: {"on": True, "off": False},
    SWITCH: {"enabled": True, "disabled": False},
    BIT: {"1": True, "0": False},
}
_UNIT_WORDS = {
    "%": "percent",
    "°C": "degrees C",
    "°": "degrees",
    "V": "volts",
    "A": "amperes",
    "W": "watts",
    "VA": "volt-amperes",
    "Ah": "ampere-hours",
    "Hz": "hertz",
    "s": "seconds",
    "min": "minutes",
}


class Variable:
    """A variable as the catalogue knows it: `name` of its row (outlet.current, also for outlet.3.current), `unit`
    ("" if none), `kind` (one of KINDS), `text` for people, and `words` that an ENUM or a two-word kind chooses from."""

    __slots__ = ("kind", "name", "text", "unit", "words")

    def __init__(self, name: str, unit: str, kind: str, text: str) -> None:
        self.name = name
        self.unit = "" if kind == ENUM else unit
        self.kind = kind
        self.text = text
        self.words: tuple[str, ...] = tuple(unit.split()) if kind == ENUM else tuple(_TRUTH.get(kind, ()))

    def __repr__(self) -> str:
        return f"Variable({self.name!r}, {self.unit!r}, {self.kind!r}, {self.text!r})"


class Command:
    """An instant command: `name` of its row, `effect` on the load (one of EFFECTS), what its optional `value` means
    ("" if it takes none), and `text` for people."""

    __slots__ = ("effect", "name", "text", "value")

    def __init__(self, name: str, effect: str, value: str, text: str) -> None:
        self.name = name
        self.effect = effect
        self.value = value
        self.text = text

    def __repr__(self) -> str:
        return f"Command({self.name!r}, {self.effect!r}, {self.value!r}, {self.text!r})"


def describe(name: str) -> Variable | None:
    """What the catalogue knows of a variable; None for a name that is not standard."""
    row = _find(name)
    return None if row is None else Variable(*row)


def command(name: str) -> Command | None:
    """What the catalogue knows of an instant command; None for a name that is not standard."""
    row = _find_command(name)
    return None if row is None else Command(*row)


def variable_text(name: str) -> str | None:
    """The text for GET DESC, unit included, in ASCII without quotes or backslashes; None if the name is not known."""
    row = _find(name)
    if row is None:
        return None
    words = _UNIT_WORDS.get(row[1])
    return f"{row[3]} ({words})" if words else row[3]


def command_text(name: str) -> str | None:
    """The text for GET CMDDESC, in ASCII without quotes or backslashes; None if the name is not known."""
    row = _find_command(name)
    return None if row is None else row[3]


def unit(name: str) -> str:
    """The unit of a variable's numbers, for people: V, %, °C, s; "" if it has none or is not known."""
    row = _find(name)
    return "" if row is None or row[2] == ENUM else row[1]


def value(name: str, text: str) -> str | int | float | bool:
    """A variable's value as its kind says: NUM gives float, INT int (float if there is a fraction), the two-word
    kinds bool; all else stays text, and so does anything that is not written as its kind demands. Never raises."""
    row = _find(name)
    if row is None:
        return text
    kind = row[2]
    if kind == NUM:
        return float(text) if _is_number(text) else text
    if kind == INT:
        if not _is_number(text):
            return text
        whole, _, fraction = text.partition(".")
        return float(text) if fraction.strip("0") else int(whole)
    truth = _TRUTH.get(kind)
    return text if truth is None else truth.get(text.lower(), text)


def _is_number(text: str) -> bool:
    """NUT's rule for numbers: optional sign, digits, one point between them. The length bounds the work of int()."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole, point, fraction = digits.partition(".")
    return len(text) <= 64 and _is_digits(whole) and (_is_digits(fraction) if point else True)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _find(name: str) -> Row | None:
    """The row of a variable, composed where a rule stands for it."""
    row = _ROWS.get(name)
    if row is not None:
        return row
    key = _fold(name)
    row = _ROWS.get(key) or _compose(key)
    if row is None and key.startswith("outlet.group.n."):
        row = _ROWS.get("outlet." + key[15:])
        if row is not None:
            return key, row[1], row[2], row[3].replace("Outlet", "Outlet group", 1)
    if row is None and key.startswith("driver."):
        return _ROWS.get(f"driver.{key.split('.', 2)[1]}.x")
    return row


def _find_command(name: str) -> CommandRow | None:
    """The row of a command."""
    key = _fold(name)
    if key.startswith("outlet.group.n."):
        key = "outlet." + key[15:]
    if key.endswith((".force.primary", ".force.ignore")):
        key = "x" + key[key.rindex(".force.") :]
    return _COMMAND_ROWS.get(key)


def _fold(name: str) -> str:
    """A name in lower case, without upstream., without the unit of a daisy chain and with its numbers folded."""
    parts = name.lower().split(".")
    if parts[0] == "upstream":
        del parts[0]
    if len(parts) > 2 and parts[0] == "device" and _is_digits(parts[1]):
        # device.2.ups.alarm is the second unit's ups.alarm, device.2.model its device.model
        del parts[1]
        if ".".join(parts) not in _ROWS:
            del parts[0]
    for at in (1, 2):
        if len(parts) > at and _is_digits(parts[at]):
            place = _NUMBERED.get(".".join(parts[:at]))
            if place is not None:
                parts[at : at + 1] = [place] if place else []
    return ".".join(parts)


def _compose(key: str) -> Row | None:
    """The row of a measurement DOMAIN[.CONTEXT].SPEC; None if the folded name is none."""
    parts = key.split(".")
    for size in (3, 2, 1):
        domain = ".".join(parts[:size])
        text = DOMAINS.get(domain)
        if text is None or len(parts) <= size:
            continue
        context = "" if parts[0] == "outlet" else _CONTEXTS.get(parts[size], "")
        spec = ".".join(parts[size + 1 if context else size :])
        row = _SPECS.get(spec) or (None if context else _WHOLE_SPECS.get(spec))
        if row is None:
            return None
        if context:
            domain, text = f"{domain}.{context}", f"{text} {context}"
        return f"{domain}.{spec}", row[1], row[2], f"{text} {row[3]}"
    return None

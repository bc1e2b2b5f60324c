"""snmp-ups: UPSes, PDUs and transfer switches that speak SNMP. engine.py is the driver, mibs/ what it knows of them."""

"""The console: live pages of UPSes, an API, and metrics under the names that dashboards know."""

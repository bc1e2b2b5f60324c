"""Finding devices and servers."""

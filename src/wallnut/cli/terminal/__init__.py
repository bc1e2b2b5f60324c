"""The screens of `wallnut top`."""

"""`python -m trustoo.cli` is the command `trustoo`."""

from . import main

main()

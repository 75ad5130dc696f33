"""What runs Prism in the tests of `tools/mock`."""

import os

from tools.mock import engines

ENGINE: engines.Engine = "docker" if os.environ.get("MOCK_ENGINE") == "docker" else "npm"
"""npm, which is installed wherever the tests run. `make test-docker` sets docker."""

"""Ask this simulator for its time, for a container's health check.

`python -m racetime_simulator.probe` looks where RACETIME_SIMULATOR_LISTEN says. Ends with 0 when it
answers, else with a line and 1.
"""

import os
import sys

import httpx

SECONDS = 3.0


def main() -> None:
    """Tell by the exit code."""
    port = os.environ.get("RACETIME_SIMULATOR_LISTEN", "").rpartition(":")[2] or "8090"
    try:
        httpx.get(f"http://127.0.0.1:{port}/clock", timeout=SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sys.exit(f"racetime-simulator: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()

"""Send the clients of this gateway elsewhere, and wait: what a pod does before it is stopped.

    python gateway/drain.py

From now on Envoy says that it is not ready, and closes each connection after its next answer; what
is open goes on, and who comes late is still served. After RACETIME_GATEWAY_DRAIN_SECONDS (15) the
balancers in front have heard of it, and the process may be stopped: watches that are left are cut
then, and go on from another gateway where they were.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping


def seconds(environ: Mapping[str, str]) -> float:
    """Read how long to wait; exits naming the variable when it is no time."""
    variable = "RACETIME_GATEWAY_DRAIN_SECONDS"
    text = environ.get(variable) or "15"
    try:
        waited = float(text)
    except ValueError:
        waited = -1.0
    if not 0 <= waited <= 3600:
        sys.exit(f"{variable}: {text!r} is not a number of seconds up to 3600")
    return waited


def tell(environ: Mapping[str, str]) -> None:
    """Tell Envoy; exits when it does not take it."""
    port = environ.get("RACETIME_GATEWAY_ADMIN_PORT") or "9901"
    url = f"http://127.0.0.1:{port}/healthcheck/fail"
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5).close()
    except (urllib.error.URLError, ValueError) as error:
        sys.exit(f"{url}: {error}")


if __name__ == "__main__":
    waited = seconds(os.environ)
    tell(os.environ)
    time.sleep(waited)

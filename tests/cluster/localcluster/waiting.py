"""Waiting for a condition, always with a bound: the only way the cluster's code and tests wait."""

import time


def wait_until(what, condition, seconds=120.0, period=0.1):
    """Polls condition() until it returns something truthy, and returns that.

    The default bound is generous: after an outage of the API server its clients, the real controllers among them, back off for up to a minute.
    Raises TimeoutError naming `what` and the last value or error seen. An exception of the condition counts as "not yet".
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # a server that is not up yet answers in many ways
            last = error
        if time.monotonic() > deadline:
            raise TimeoutError(f"gave up after {seconds:g} s waiting until {what}; last seen: {last!r}")
        time.sleep(period)

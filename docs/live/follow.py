"""Prints alerts as they come, and goes on where it was after a break.

    python follow.py http://127.0.0.1:8378 [TOKEN]
"""
import json
import sys
import time
import urllib.request


def follow(url, token=None):
    """Yields alerts, each once, for ever."""
    last, seen = "", set()
    while True:
        ask = urllib.request.Request(url + "/v1/alerts/stream", headers={"Last-Event-ID": last})
        if token:
            ask.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(ask, timeout=60) as answer:
                for line in answer:
                    if line.startswith(b"data: "):
                        alert = json.loads(line[6:])
                        last = alert["id"]
                        if last not in seen:
                            seen.add(last)
                            yield alert
        except OSError as error:
            print("again in 5 s:", error, file=sys.stderr)
        time.sleep(5)


if __name__ == "__main__":
    for alert in follow(*sys.argv[1:3]):
        print(alert["crossed"], alert["id"], ", ".join(alert["raters"]), flush=True)

"""A user-defined function for Osprey's rules: which alerts name a rater.

    Rule(
        when_all=[RingwatchAlerts(rater=UserId) != []],
        description="told of by Ringwatch",
    )

A look-up is one request to `ringwatch watch --listen` on the same machine. A rater
that nobody alerted, and an answer that does not come in time, are an empty list: the
rule then goes by what else it knows.
"""
import json
import urllib.error
import urllib.parse
import urllib.request

from osprey.engine.executor.execution_context import ExecutionContext
from osprey.engine.udf.arguments import ArgumentsBase
from osprey.engine.udf.base import UDFBase

URL, SECONDS = "http://127.0.0.1:8378", 0.05


def alerts_of(rater, url=URL, seconds=SECONDS):
    """The IDs of the alerts that name a rater."""
    try:
        with urllib.request.urlopen(f"{url}/v1/raters/{urllib.parse.quote(rater, safe='')}", timeout=seconds) as answer:
            return json.load(answer).get("alerts", [])
    except (OSError, ValueError):
        return []


class Arguments(ArgumentsBase):
    rater: str


class RingwatchAlerts(UDFBase[Arguments, list[str]]):
    def execute(self, execution_context: ExecutionContext, arguments: Arguments) -> list[str]:
        return alerts_of(arguments.rater)

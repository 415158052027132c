"""Traces are off unless they are asked for, and a setting that cannot be is named."""

import subprocess
import sys

import pytest

from racetime.traces import TraceSettingsError, span, tracing


def test_without_an_endpoint_nothing_is_traced_and_nothing_imported() -> None:
    script = (
        "import sys; from racetime.traces import span, tracing\n"
        "with tracing('a', {}) as tracer, span('b', c=1) as nothing:\n"
        "    print(tracer, nothing, any(n.startswith('opentelemetry') for n in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None", "None", "False"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RACETIME_OTLP_ENDPOINT", "nowhere"),
        ("RACETIME_OTLP_ENDPOINT", ":4317"),
        ("RACETIME_TRACE_PERCENT", "101"),
        ("RACETIME_TRACE_PERCENT", "all"),
    ],
)
def test_a_setting_that_cannot_be_is_named(variable: str, value: str) -> None:
    environ = {"RACETIME_OTLP_ENDPOINT": "127.0.0.1:1", variable: value}
    with pytest.raises(TraceSettingsError, match=variable), tracing("a", environ):
        pass


def test_a_span_is_a_part_of_the_one_around_it() -> None:
    environ = {"RACETIME_OTLP_ENDPOINT": "127.0.0.1:1", "RACETIME_TRACE_PERCENT": "0"}
    with tracing("a", environ), span("outer") as outer, span("inner", of="it") as inner:
        assert outer is not None
        assert inner is not None
    assert isinstance(span("later").__enter__(), type(None))

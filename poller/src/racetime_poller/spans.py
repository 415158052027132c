"""Traces, where they are on: a span for each request to the source and each written update."""

from racetime.traces import TraceSettingsError, span, tracing

__all__ = ["TraceSettingsError", "span", "tracing"]

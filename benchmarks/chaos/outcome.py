"""A run on paper: a line for each fault, a table of kinds, a report for the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.chaos.run import Outcome, Run
from benchmarks.report import Report

DOCS = Path(__file__).resolve().parents[2] / "docs" / "chaos.md"
_BEGIN, _END = "<!-- chaos: begin -->", "<!-- chaos: end -->"
_SHOWN = 3


def line(outcome: Outcome) -> str:
    """Tell of one fault."""
    fault = outcome.fault
    what = f"{fault.kind} {fault.role} ({' and '.join(outcome.parts)})"
    lasting = f"{fault.lasting_seconds:4.1f} s" if fault.lasting_seconds else "      "
    verdict = "ok" if outcome.passes else "MISSED"
    told = [
        f"{fault.number:3} {what:42} {lasting}",
        f"silence {outcome.silence_seconds:5.2f} of {fault.most_seconds:5.2f} s",
        f"unheard {outcome.unheard_seconds:5.2f} s",
        f"well after {outcome.well_seconds:5.2f} s",
        f"cuts {outcome.cuts:4}  whole states {outcome.snapshots:4}  {verdict}",
    ]
    wrong = [f"    {text}" for text in outcome.wrong[:_SHOWN]]
    return "\n".join(["  ".join(told), *wrong])


def lines(run: Run) -> list[str]:
    """Tell of the whole run."""
    missed = [one for one in run.outcomes if not one.passes]
    return [
        "",
        *table(run),
        "",
        summary(run),
        *(f"  at the end: {text}" for text in run.wrong_at_end[:_SHOWN]),
        *(line(one) for one in missed),
    ]


def table(run: Run) -> list[str]:
    """Answer the longest silences by part and kind, as Markdown."""
    rows = [
        "| part | fault | times | longest silence | at most |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (role, kind), outcomes in sorted(_grouped(run).items()):
        worst = max(outcomes, key=lambda one: one.silence_seconds - one.fault.most_seconds)
        longest = max(one.silence_seconds for one in outcomes)
        lasting = worst.fault.lasting_seconds
        most = f"{worst.fault.most_seconds:.1f} s" + (f" (away {lasting:.1f} s)" if lasting else "")
        rows.append(f"| {role} | {kind} | {len(outcomes)} | {longest:.2f} s | {most} |")
    return rows


def summary(run: Run) -> str:
    """Tell how a run went, in a sentence."""
    missed = sum(not one.passes for one in run.outcomes)
    return (
        f"Seed {run.seed}: {len(run.outcomes)} faults, {run.viewers} viewers, "
        f"{run.updates} updates in {run.seconds:.0f} s. "
        f"Gaps and wrong states: {_count_wrong(run)}; targets missed: {missed}; "
        f"before the first fault the longest silence was {run.calm_seconds:.2f} s."
    )


def with_figures(text: str, run: Run, computer: str) -> str:
    """Put the figures between the marks of a text."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    figures = "\n".join([summary(run), computer, "", *table(run)])
    return f"{before}{_BEGIN}\n{figures}\n{_END}{after}"


def report(run: Run) -> Report:
    """Answer what is kept of a run."""
    result = Report("chaos", details=_details(run))
    result.add("faults", len(run.outcomes), "", key=True)
    result.add("viewers", run.viewers, "", key=True)
    result.add("gaps and wrong states", _count_wrong(run), "", key=True)
    result.add("targets missed", sum(not one.passes for one in run.outcomes), "", key=True)
    for (role, kind), outcomes in sorted(_grouped(run).items()):
        longest = max(one.silence_seconds for one in outcomes)
        result.add(f"longest silence: {kind} {role}", longest, "s", key=kind == "kill")
    result.notes.append(f"`make chaos SEED={run.seed}` does the same faults again")
    return result


def _details(run: Run) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "seconds": round(run.seconds, 1),
        "updates": run.updates,
        "log_revisions": run.revisions,
        "calm_seconds": round(run.calm_seconds, 3),
        "passes": run.passes,
        "wrong_at_end": run.wrong_at_end,
        "faults": [_fault_details(one) for one in run.outcomes],
    }


def _fault_details(outcome: Outcome) -> dict[str, Any]:
    fault = outcome.fault
    return {
        "number": fault.number,
        "role": fault.role,
        "kind": fault.kind,
        "parts": list(outcome.parts),
        "lasting_seconds": fault.lasting_seconds,
        "silence_seconds": round(outcome.silence_seconds, 3),
        "most_seconds": round(fault.most_seconds, 3),
        "unheard_seconds": round(outcome.unheard_seconds, 3),
        "well_seconds": round(outcome.well_seconds, 3),
        "cuts": outcome.cuts,
        "snapshots": outcome.snapshots,
        "wrong": list(outcome.wrong),
        "passes": outcome.passes,
    }


def _grouped(run: Run) -> dict[tuple[str, str], Sequence[Outcome]]:
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in run.outcomes:
        groups.setdefault((one.fault.role, one.fault.kind), []).append(one)
    return dict(groups)


def _count_wrong(run: Run) -> int:
    return sum(len(one.wrong) for one in run.outcomes) + len(run.wrong_at_end)

"""Write docs/sizing.md's figures: tables of Markdown between two marks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.report import RESULTS, newest, show
from benchmarks.sizing.costs import Assumed, Bounds, Measured
from benchmarks.sizing.demand import KIB_OF_GIB, Costs, Demand, demand, limits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sizing.md"
BEGIN = "<!-- figures: written by `python -m benchmarks sizing` -->"
END = "<!-- end of figures -->"
CROWDS = (1_000, 10_000, 100_000, 1_000_000)


def costs_of(results: Path = RESULTS) -> Costs:
    """Read what the newest results and the manifests say."""
    return Costs(Measured.of(newest(results)), Assumed(), Bounds.of_manifests())


def update(page: Path = PAGE, results: Path = RESULTS) -> Path:
    """Write the figures into the page."""
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    figures = "\n".join(lines(costs_of(results)))
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")
    return page


def lines(costs: Costs) -> Iterator[str]:
    """Answer the figures as Markdown."""
    yield "### What was measured\n"
    yield from _measured(costs.measured)
    yield "\n### What is assumed\n"
    yield from _assumed(costs)
    yield "\n### What a core, a gigabyte and a pod carry\n"
    yield from _units(costs)
    yield "\n### What a crowd needs\n"
    yield from _crowds([demand(costs, viewers) for viewers in CROWDS])
    yield "\n### What gives out first\n"
    yield from _limits(costs)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Answer a table of Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _measured(measured: Measured) -> Iterator[str]:
    crowds = " and ".join(f"{viewers:,}" for viewers in measured.crowds)
    yield (
        f"`make bench-fanout` of {measured.fanout_date} ({measured.machine}, {crowds} viewers; "
        f"of the crowds the dearest), `make bench` of {measured.bytes_date} for the bytes.\n"
    )
    rows = [
        ("api: CPU of an update of a viewer", f"{show(measured.api_micros)} us"),
        ("gateway: CPU of an update of a viewer", f"{show(measured.gateway_micros)} us"),
        (
            "Redis: CPU of an update for each replica of the api, idle work included",
            f"{show(measured.redis_micros)} us",
        ),
        ("api: memory of a viewer", f"{show(measured.api_kib)} KiB"),
        ("gateway: memory of a viewer", f"{show(measured.gateway_kib)} KiB"),
        (
            "messages of the page (timing, motion, history), the richest race",
            f"{show(measured.page_bytes_per_second)} B/s",
        ),
        ("an update of all lanes", f"{show(measured.full_bytes_per_update)} B"),
    ]
    yield from table(("", ""), rows)


def _assumed(costs: Costs) -> Iterator[str]:
    assumed = costs.assumed
    rate, around = assumed.updates_per_second, assumed.wire_bytes_per_update
    rows = [
        ("updates a second, as many as the poller publishes at most", f"{rate:g}"),
        ("how busy a core, a link is planned to be", f"{assumed.busy_share:.0%}"),
        ("TLS, TCP/IP and HTTP/2 around an update", f"{around:g} B"),
        (
            "so a viewer of the page takes of the network "
            f"{show(costs.measured.page_bytes_per_second)} + {rate:g} x {around:g}",
            f"{show(costs.wire_bytes_per_second)} B/s",
        ),
        ("Traefik: CPU of an update, TLS included", f"{assumed.ingress_micros:g} us"),
        ("Traefik: memory of a viewer", f"{assumed.ingress_kib:g} KiB"),
        ("Traefik: cores that it has", f"{assumed.ingress_cores:g}"),
        ("the link to the world", f"{assumed.link_gbit:g} Gbit/s"),
        ("a process that nobody asks", f"{assumed.idle_mib:g} MiB"),
    ]
    yield from table(("", ""), rows)


def _units(costs: Costs) -> Iterator[str]:
    measured, rate, busy = (
        costs.measured,
        costs.assumed.updates_per_second,
        costs.assumed.busy_share,
    )
    rows = []
    for name, micros, kib, pod in (
        ("api", measured.api_micros, measured.api_kib, costs.api_pod),
        ("gateway", measured.gateway_micros, measured.gateway_kib, costs.gateway_pod),
    ):
        core = 1 / costs.cores(micros)
        arithmetic = f"{busy:g} / ({rate:g} x {show(micros)} us)"
        per_gib = KIB_OF_GIB / kib
        rows.append(
            (
                name,
                f"{core:,.0f}",
                f"{arithmetic} = {core * busy:,.0f}",
                f"1 GiB / {show(kib)} KiB = {per_gib:,.0f}",
                f"{pod:,.0f}",
                f"{pod * micros / 1000:,.0f} ms",
            )
        )
    head = (
        "",
        "viewers a core, all of it",
        "as planned",
        "viewers a GiB",
        "planned for a pod",
        "CPU of one update to all of a pod",
    )
    yield from table(head, rows)
    bounds = costs.bounds
    yield (
        "\nA pod of the api is planned by its autoscaler's target of "
        f"{bounds.watchers_per_pod:,} watchers, and refuses above {bounds.watchers_at_most:,} "
        "(`RACETIME_API_MAX_WATCHERS`); one of the gateway by its core or half of its heap, "
        "whichever is less. The last column is how much later the last viewer of a pod has an "
        "update than the first."
    )


def _crowds(demands: Sequence[Demand]) -> Iterator[str]:
    head = (
        "viewers",
        "api: pods",
        "cores busy",
        "GiB",
        "gateway: pods",
        "cores busy",
        "GiB",
        "Traefik: cores to have",
        "GiB",
        "Redis: cores busy",
        "network: page",
        "all lanes",
    )
    rows = [
        (
            f"{one.viewers:,}",
            f"{one.api_pods:,}",
            show(one.api_cores),
            show(one.api_gib),
            f"{one.gateway_pods:,}",
            show(one.gateway_cores),
            show(one.gateway_gib),
            show(one.ingress_cores),
            show(one.ingress_gib),
            show(one.redis_cores),
            _bits(one.gbit),
            _bits(one.full_gbit),
        )
        for one in demands
    ]
    yield from table(head, rows)


def _bits(gbit: float) -> str:
    return f"{show(gbit)} Gbit/s" if gbit >= 1 else f"{show(gbit * 1000)} Mbit/s"


def _limits(costs: Costs) -> Iterator[str]:
    rows = [
        (limit.what, f"{limit.viewers:,.0f}", limit.arithmetic, limit.more)
        for limit in limits(costs)
    ]
    yield from table(("", "viewers", "arithmetic", "what to add"), rows)

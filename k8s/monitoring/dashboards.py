"""Build Grafana's dashboards into a folder, by default grafana/dashboards.

    python k8s/monitoring/dashboards.py [folder]

What is shown stands in panels.py; this file knows how Grafana wants it told.
"""

from itertools import count
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from panels import Board, Panel

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${source}")
# Of a row's 24 columns; a panel of one number is narrow.
WIDTHS = {"stat": 4, "lines": 12}
HEIGHTS = {"stat": 4, "lines": 8}


def query(expression: str, legend: str, name: str) -> prometheus.Dataquery:
    """Give a query of Prometheus."""
    made = prometheus.Dataquery().expr(expression).legend_format(legend or "__auto")
    return made.ref_id(name).datasource(SOURCE)


def lines() -> timeseries.Panel:
    """Give a panel of lines over time."""
    legend = common.VizLegendOptions().show_legend(True)
    legend = legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    return timeseries.Panel().min(0).legend(legend).tooltip(tooltip)


def number() -> stat.Panel:
    """Give a panel of the newest number."""
    newest = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    return stat.Panel().reduce_options(newest)


def panel(one: Panel, number_of_panel: int) -> Any:
    """Give a panel."""
    made: Any = number() if one.kind == "stat" else lines()
    made = made.title(one.title).description(one.description).unit(one.unit).datasource(SOURCE)
    made = made.span(WIDTHS[one.kind]).height(HEIGHTS[one.kind]).id(number_of_panel)
    for name, (expression, legend) in zip("ABCDEF", one.queries, strict=False):
        made = made.with_target(query(expression, legend, name))
    return made


def source_variable() -> dashboard.DatasourceVariable:
    """Give the choice of the Prometheus that is asked."""
    return dashboard.DatasourceVariable("source").type("prometheus").label("Prometheus")


def instance_variable(metric: str) -> dashboard.QueryVariable:
    """Give the choice of instances, those that have a metric."""
    return (
        dashboard.QueryVariable("instance")
        .label("Instance")
        .datasource(SOURCE)
        .query(f"label_values({metric}, instance)")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .include_all(True)
        .all_value(".*")
        .multi(True)
    )


def dashboard_json(one: Board) -> str:
    """Give a dashboard as JSON."""
    made = dashboard.Dashboard(one.title).uid(one.uid).tags(["racetime"]).refresh("10s")
    made = made.time("now-30m", "now").timezone("utc").readonly()
    made = made.tooltip(model.DashboardCursorSync.CROSSHAIR).with_variable(source_variable())
    if one.instances_of:
        made = made.with_variable(instance_variable(one.instances_of))
    numbers = count(1)
    for title, panels in one.rows:
        made = made.with_row(dashboard.Row(title).id(next(numbers)))
        for each in panels:
            made = made.with_panel(panel(each, next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"

"""Write what follows from the rules and the panels: the operator's rules, Grafana's dashboards.

python k8s/monitoring/generate.py [folder]
"""

import sys
from pathlib import Path

import yaml
from dashboards import dashboard_json
from panels import DASHBOARDS

FOLDER = Path(__file__).resolve().parent
HEAD = "# Generated from prometheus/rules by generate.py.\n"


def operator_rules(rules: Path) -> str:
    """Give the rules of all files as one PrometheusRule."""
    files = sorted(rules.glob("*.yaml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "racetime"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(rule, sort_keys=False, width=1000, allow_unicode=True)


def main(folder: Path) -> None:
    """Write all into a folder laid out as this one."""
    boards = folder / "grafana" / "dashboards"
    for part in (folder / "operator", boards):
        part.mkdir(parents=True, exist_ok=True)
    rules = operator_rules(FOLDER / "prometheus" / "rules")
    (folder / "operator" / "prometheus-rule.yaml").write_text(rules)
    for one in DASHBOARDS:
        (boards / f"{one.uid}.json").write_text(dashboard_json(one))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

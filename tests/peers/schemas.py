"""Schemas that others wrote: what is valid by the JSON Schema test suite, and the inputs that are made from generated schemas, judged by a
library of others."""

import itertools
import json
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import jsonschema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from peer import Checks

SEED = 19
SCHEMAS = 2000
BATCH = 250
DRAFT = "https://json-schema.org/draft/2020-12/schema"

TESTS = ("json", "tests", "draft2020-12")

# Files of the suite about what is not read here: other files and drafts, annotations, vocabularies of one's own, the rules of single characters
# in host names, and addresses that no mail reaches.
PASSED_OVER = {
    "refRemote.json", "vocabulary.json", "dynamicRef.json", "format.json", "content.json", "idn-hostname.json", "email.json",
}  # fmt: skip

# Groups whose schema is refused when it is read, with the reason.
REFUSED = "leads out of the file", "cannot be compiled", "is not the draft", "a pattern that is not read here"


class Harness:
    def __init__(self, proofhouse, folder):
        self.proofhouse, self.folder = proofhouse, folder

    def rows(self, schemas, inputs=()):
        arguments = [self.proofhouse, "capabilities", "rows", "--format", "json", *schemas]
        for path in inputs:
            arguments += ["--from", path]
        ended = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, timeout=600)
        if ended.returncode not in (0, 3):
            raise RuntimeError(f"exit {ended.returncode}: {ended.stderr[-2000:]}")
        return [json.loads(line) for line in ended.stdout.split("\n") if line]


def suite(archive):
    """The groups of the official tests of draft 2020-12, by file."""
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            parts = Path(member.name).parts
            folder, name = parts[1:-1], parts[-1]
            # Formats are optional there, and always checked here.
            if folder in (TESTS, (*TESTS, "optional", "format")) and name.endswith(".json") and name not in PASSED_OVER:
                for number, group in enumerate(json.load(files.extractfile(member))):
                    yield f"{folder[-1]}-{Path(name).stem}-{number}", group


def of_the_suite(harness, checks, archive):
    def judged(pair):
        name, group = pair
        schema = harness.folder / f"{name}.json"
        schema.write_text(json.dumps(group["schema"]))
        inputs = []
        for number, test in enumerate(group["tests"]):
            path = harness.folder / f"{name}-{number}.input.json"
            path.write_text(json.dumps(test["data"]))
            inputs.append(path.name)
        return name, group, harness.rows([schema.name], inputs)[0]

    held = refused = 0
    with ThreadPoolExecutor(4) as pool:
        for name, group, found in pool.map(judged, suite(archive)):
            if "error" in found:
                known = any(reason in found["error"] for reason in REFUSED)
                refused += known
                if not known:
                    checks.check(f"{name} is read", False, (group["description"], found["error"]))
                continue
            for test, verdict in zip(group["tests"], found["inputs"], strict=True):
                if test["valid"] == verdict["valid"]:
                    held += 1
                else:
                    checks.check(f"{name}: {group['description']}, {test['description']}", False, verdict)
            if name.startswith("format-"):
                # Which formats the other library checks depends on what is installed beside it.
                continue
            wrong = [row for row in found["rows"] if row["input"] is not None and not agrees(group["schema"], row)]
            if wrong:
                checks.check(f"{name}: rows", False, wrong[:2])
    checks.check(f"holds {held} tests of the suite, and refuses {refused} schemas", held > 1300, held)


def agrees(schema, row):
    """Whether a row is what it says, by a library of others."""
    judge = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return judge.is_valid(row["input"]) == (row["kind"] == "boundary")


LEAVES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 4), "maxLength": st.integers(3, 9), "pattern": st.sampled_from(["^a", "^[0-9]+$", "x|y", "."]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.one_of(st.integers(-(2**53) - 2, 5), st.floats(-5, 5)),
            "maximum": st.one_of(st.integers(6, 2**53 + 2), st.floats(6, 99)),
            "exclusiveMaximum": st.integers(4, 2**63 - 1), "multipleOf": st.sampled_from([1, 2, 3, 0.5, 0.25]),
        },
    ),
    st.fixed_dictionaries({"type": st.lists(st.sampled_from(["string", "integer", "null", "boolean", "array"]), min_size=1, max_size=3, unique=True)}),
    st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["a", "B b", 1, 2.5, None, True, [], {}]), min_size=1, max_size=3, unique_by=repr)}),
    st.fixed_dictionaries({"const": st.sampled_from(["a", 7, None, False, {"a": 1}])}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, True, {"$ref": "#/$defs/a~1b"}, {"$ref": "#named"}, {"$ref": "item.json"}]),
)  # fmt: skip


def wider(inner):
    fields = st.dictionaries(st.sampled_from(["a", "b", "c d", "e/f", "é"]), inner, max_size=3)
    required = st.lists(st.sampled_from(["a", "b", "e/f"]), max_size=2, unique=True)
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": fields},
            optional={
                "required": required, "additionalProperties": st.one_of(st.booleans(), inner), "minProperties": st.integers(0, 2),
                "maxProperties": st.integers(1, 4), "dependentRequired": st.just({"a": ["b"]}), "propertyNames": st.just({"maxLength": 9}),
                "patternProperties": st.just({"^x": {"type": "string"}}),
            },
        ),
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner},
            optional={
                "minItems": st.integers(0, 3), "maxItems": st.integers(2, 5), "uniqueItems": st.booleans(), "contains": inner,
                "prefixItems": st.lists(inner, min_size=1, max_size=2),
            },
        ),
        st.builds(lambda word, branches: {word: branches}, st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda schema: {"anyOf": [schema, {"type": "null"}]}, inner),
        st.builds(lambda schema, other: {"if": schema, "then": other}, inner, inner),
        st.builds(lambda schema, other: {"allOf": [schema], "not": other}, inner, inner),
    )  # fmt: skip


DEFS = {
    "a/b": {"type": "string", "minLength": 1},
    "n": {"$anchor": "named", "type": "integer", "minimum": 2},
    "i": {"$id": "item.json", "$ref": "#/$defs/inner", "$defs": {"inner": {"type": "string", "maxLength": 3}}},
}


def generated():
    """Schemas of inputs, the same in every run."""
    schema = st.recursive(LEAVES, wider, max_leaves=8)
    whole = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from(["a", "b", "e/f", "g~h"]), schema, min_size=1, max_size=3)},
        optional={"required": st.lists(st.sampled_from(["a", "e/f"]), max_size=2, unique=True), "additionalProperties": st.just(False)},
    )  # fmt: skip
    found = []

    @seed(SEED)
    @settings(
        max_examples=SCHEMAS, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(whole)
    def collect(schema):
        found.append({**schema, "$defs": DEFS})

    collect()
    return found[:SCHEMAS]


def of_generated(harness, checks):
    schemas = generated()
    made = left_out = without = bases = 0
    keywords = set()
    for start in range(0, len(schemas), BATCH):
        names = []
        for number, schema in enumerate(schemas[start : start + BATCH], start):
            names.append(f"generated-{number}.json")
            (harness.folder / names[-1]).write_text(json.dumps(schema))
        for schema, found in zip(schemas[start:], harness.rows(names)):
            if "error" in found:
                checks.check("a generated schema is read", False, (schema, found["error"]))
                continue
            without += found["from"] is None
            bases += found["from"] is not None
            for row in found["rows"]:
                keywords.add(row["keyword"])
                if row["input"] is None:
                    left_out += 1
                    if not row["left_out"]:
                        checks.check("a row that is left out says why", False, (schema, row))
                    continue
                made += 1
                if not agrees(schema, row):
                    checks.check("a row is what it says", False, (schema, row))
    checks.check(f"{len(schemas)} schemas: {made} rows agree, {left_out} say why they are none", made > 8 * SCHEMAS, made)
    checks.check(f"an input is made up for {bases}, and for {without} none is known", bases > SCHEMAS / 2)
    checks.check("every kind of rule has rows", len(keywords) > 15, keywords)


def of_values(harness, checks):
    """Values that hypothesis-jsonschema takes for valid are valid here."""
    # Where much excludes much, it tries for ever.
    slow = ("$ref", "not", "if", "oneOf", "contains", "allOf", "uniqueItems", "propertyNames", "dependentRequired")
    plain = (schema for schema in generated() if not any(f'"{word}"' in json.dumps(schema["properties"]) for word in slow))
    schemas = list(itertools.islice(plain, 60))
    wrong = []
    for number, schema in enumerate(schemas):
        values = []

        @seed(SEED)
        @settings(max_examples=5, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(from_schema({key: value for key, value in schema.items() if key != "$defs"}))
        def collect(value):
            values.append(value)

        try:
            collect()
        except (hypothesis.errors.HypothesisException, jsonschema.exceptions.ValidationError):
            continue
        names = []
        for at, value in enumerate(values):
            names.append(f"value-{number}-{at}.json")
            (harness.folder / names[-1]).write_text(json.dumps(value))
        (harness.folder / f"values-{number}.json").write_text(json.dumps(schema))
        found = harness.rows([f"values-{number}.json"], names)[0]
        wrong += [(schema, one) for one in found.get("inputs", []) if not one["valid"]]
    checks.check(f"values of {len(schemas)} schemas are valid here too", not wrong, wrong[:2])


def main():
    proofhouse, folder, archive = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    checks = Checks("schemas")
    harness = Harness(proofhouse, folder)
    of_the_suite(harness, checks, archive)
    of_generated(harness, checks)
    of_values(harness, checks)
    checks.end()


main()

"""Verifies a certificate with the package cryptography and the fields that in-toto and DSSE publish, and none of our code.

usage: certificates.py PROOFHOUSE-BINARY FOLDER
"""

import base64
import datetime
import hashlib
import json
import os
import sys

import jsonschema
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from harness import CAPABILITY, TENANT, Harness
from peer import Checks

DIGEST = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"}}
RESOURCE = {
    "type": "object",
    "anyOf": [{"required": [field]} for field in ("uri", "digest", "content")],
    "properties": {"name": {"type": "string"}, "uri": {"type": "string"}, "digest": DIGEST, "content": {"type": "string"}},
}
# spec/v1/statement.md and spec/predicates/test-result.md of the attestation framework.
STATEMENT = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {"type": "array", "minItems": 1, "items": {"allOf": [RESOURCE, {"required": ["digest"]}]}},
        "predicateType": {"const": "https://in-toto.io/attestation/test-result/v0.1"},
        "predicate": {
            "type": "object",
            "required": ["result", "configuration"],
            "properties": {
                "result": {"enum": ["PASSED", "WARNED", "FAILED"]},
                "configuration": {"type": "array", "items": RESOURCE},
                "url": {"type": "string"},
                "passedTests": {"type": "array", "items": {"type": "string"}},
                "warnedTests": {"type": "array", "items": {"type": "string"}},
                "failedTests": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}

# spec/predicates/svr.md, over the same statement.
SVR = {
    "type": "object",
    "required": STATEMENT["required"],
    "properties": {
        **STATEMENT["properties"],
        "predicateType": {"const": "https://in-toto.io/attestation/svr/v0.1"},
        "predicate": {
            "type": "object",
            "required": ["verifier", "timeCreated", "properties"],
            "properties": {
                "verifier": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "pattern": "^[a-z]+:"}},
                },
                "timeCreated": {"type": "string", "pattern": "^[0-9-]{10}T[0-9:.]+Z$"},
                "properties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        },
    },
}


def pae(payload_type, body):
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def holds(key, signature, message):
    try:
        key.verify(signature, message)
        return True
    except InvalidSignature:
        return False


def main():
    binary, folder = sys.argv[1:]
    checks = Checks("certificates")
    proofhouse = Harness(checks, binary, folder)
    proofhouse.proves()
    proofhouse("certify", "latest", "--key", "key", "--output", "certificate.json", "--svr", "svr.json")

    with open(os.path.join(folder, "key.pub"), "rb") as file:
        public = serialization.load_pem_public_key(file.read())
    with open(os.path.join(folder, "key"), "rb") as file:
        private = serialization.load_pem_private_key(file.read(), None)
    checks.check("both halves are one key", private.public_key() == public)

    with open(os.path.join(folder, "certificate.json"), encoding="utf-8") as file:
        envelope = json.load(file)
    payload = base64.b64decode(envelope["payload"], validate=True)
    message = pae(envelope["payloadType"], payload)
    signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
    checks.check("the payload is a statement by its type", envelope["payloadType"] == "application/vnd.in-toto+json")
    checks.check("the signature holds", holds(public, signature, message))
    bent = bytearray(message)
    bent[-5] ^= 1
    checks.check("the signature of a bent payload does not hold", not holds(public, signature, bytes(bent)))
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    checks.check("the key is named by its digest", envelope["signatures"][0]["keyid"] == hashlib.sha256(der).hexdigest())

    statement = json.loads(payload)
    errors = [error.message for error in jsonschema.Draft202012Validator(STATEMENT).iter_errors(statement)]
    checks.check("the statement has the fields of in-toto", not errors, errors)
    predicate = statement["predicate"]
    parts = {part["name"]: part for part in predicate["configuration"]}
    descriptor = base64.b64decode(parts["provider"]["content"], validate=True)
    checks.check(
        "the subject is the digest of the provider's descriptor",
        statement["subject"][0]["digest"]["sha256"] == hashlib.sha256(descriptor).hexdigest(),
    )
    checks.check("the descriptor is the provider's", json.loads(descriptor)["id"] == TENANT, descriptor)
    checks.check("tests passed and none failed", predicate["passedTests"] and not predicate["failedTests"], predicate)
    end = datetime.datetime.fromisoformat(predicate["proofhouse"]["notAfter"])
    with open(os.path.join(folder, "svr.json"), encoding="utf-8") as file:
        short = json.load(file)
    body = base64.b64decode(short["payload"], validate=True)
    said = base64.b64decode(short["signatures"][0]["sig"], validate=True)
    checks.check("the signature of the short form holds", holds(public, said, pae(short["payloadType"], body)))
    result = json.loads(body)
    errors = [error.message for error in jsonschema.Draft202012Validator(SVR).iter_errors(result)]
    checks.check("the short form has the fields of in-toto", not errors, errors)
    checks.check("both are about the same", result["subject"] == statement["subject"], result)
    checks.check(
        "it says what was verified",
        result["predicate"]["properties"] == [f"PROOFHOUSE_{level}:{CAPABILITY}" for level in ("MUST", "SHOULD")],
        result,
    )

    checks.check("it expires, and not yet", end > datetime.datetime.now(datetime.timezone.utc), end)
    checks.end()


main()

"""The signed statement: the encoding that DSSE publishes, and one form for each statement."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from sealed_samples import OTHER, OURS, evidence, sealed

from stopgap.base.errors import InputError
from stopgap.evidence.packs.bag import SIGNATURE_FILE
from stopgap.evidence.packs.statement import PAYLOAD_TYPE, PREDICATE_FIELDS, pae, read_envelope, sign_statement

SUBJECTS = {"data/b": "22" * 32, "data/a": "11" * 32}
PREDICATE = {field: evidence()[field] for field in PREDICATE_FIELDS}
ENVELOPE = sign_statement(SUBJECTS, PREDICATE, sign=OURS.sign, keyid=OURS.fingerprint)


def test_the_encoding_is_the_one_that_the_protocol_prints():
    """secure-systems-lab/dsse, protocol.md, version 1.0.0: the example, and its signature by the key printed there."""
    encoded = pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    key = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    ).public_key()
    raw = base64.b64decode("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==")
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(signature, encoded, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("kind", "body", "signature"),
    [
        (
            "application/vnd.in-toto+json", b'{"_type":"https://in-toto.io/Statement/v1"}',
            "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==",
        ),
        (
            "application/vnd.exämple+json", b'{"_type":"https://in-toto.io/Statement/v1"}',
            "xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==",
        ),
        (
            "application/vnd.in-toto+json", b"",
            "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==",
        ),
    ],
)  # fmt: skip
def test_ed25519_over_the_encoding_is_as_published(kind, body, signature):
    """secure-systems-lab/dsse, testvectors: key A is that of RFC 8032, section 7.1, test 1. Lengths are those of bytes."""
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert base64.b64encode(key.sign(pae(kind, body))).decode() == signature


@given(st.text(max_size=20), st.binary(max_size=30), st.text(max_size=20), st.binary(max_size=30))
def test_no_two_things_have_the_same_encoding(kind, body, other_kind, other_body):
    assert (pae(kind, body) == pae(other_kind, other_body)) == ((kind, body) == (other_kind, other_body))


def test_an_envelope_is_read_as_it_was_signed():
    envelope = read_envelope(ENVELOPE)
    assert list(envelope.statement.subjects.items()) == [("data/a", "11" * 32), ("data/b", "22" * 32)]
    assert envelope.statement.predicate == PREDICATE
    assert envelope.keyid == OURS.fingerprint
    assert envelope.is_signed_by(OURS)
    assert not envelope.is_signed_by(OTHER)


def test_the_statement_is_one_of_in_toto():
    document = json.loads(read_envelope(ENVELOPE).payload)
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert document["predicateType"] == "urn:stopgap:evidence-pack:1"
    assert document["subject"][0] == {"name": "data/a", "digest": {"sha256": "11" * 32}}
    assert json.loads(ENVELOPE)["payloadType"] == "application/vnd.in-toto+json"


def test_the_signature_is_over_the_encoding_and_nothing_else():
    document = json.loads(ENVELOPE)
    payload = base64.b64decode(document["payload"])
    message = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" " + payload
    key = OURS.private.public_key()
    key.verify(base64.b64decode(document["signatures"][0]["sig"]), message)


def compact(document):
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def envelope_with(**changed):
    return compact({**json.loads(ENVELOPE), **changed})


def signed(change):
    """An envelope over another statement, rightly signed."""
    statement = json.loads(base64.b64decode(json.loads(ENVELOPE)["payload"]))
    changed = change(statement) or statement
    payload = changed if isinstance(changed, bytes) else compact(changed)
    sig = base64.b64encode(OURS.sign(pae(PAYLOAD_TYPE, payload))).decode()
    return envelope_with(
        payload=base64.b64encode(payload).decode(), signatures=[{"keyid": OURS.fingerprint, "sig": sig}]
    )


def signature(**changed):
    return envelope_with(signatures=[{**json.loads(ENVELOPE)["signatures"][0], **changed}])


GOOD = json.loads(ENVELOPE)
SIG = GOOD["signatures"][0]["sig"]
URL_SAFE = base64.urlsafe_b64encode(b"\xff" * 64).decode()
LOOSE = base64.b64encode(b"1" * 64).decode()[:-3] + "R=="
MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b"\xff",
    "a list": b"[]",
    "deep": b"[" * 200_000,
    "a number that is none": b'{"payload":NaN}',
    "half a character": b'{"payload":"\\ud800"}',
    "a space": ENVELOPE.replace(b":", b": ", 1),
    "a newline at the end": ENVELOPE + b"\n",
    "keys in another order": json.dumps({key: GOOD[key] for key in reversed(GOOD)}, separators=(",", ":")).encode(),
    "an escape": ENVELOPE.replace(b'"payload"', b'"p\\u0061yload"'),
    "a key twice": ENVELOPE.replace(b'{"payload"', b'{"payload":"","payload"'),
    "one more field": envelope_with(more=1),
    "one field less": compact({"payload": GOOD["payload"], "payloadType": PAYLOAD_TYPE}),
    "another payload type": envelope_with(payloadType="application/json"),
    "no signature": envelope_with(signatures=[]),
    "two signatures": envelope_with(signatures=GOOD["signatures"] * 2),
    "a signature with more": signature(more=1),
    "no keyid": envelope_with(signatures=[{"sig": SIG}]),
    "keyid of another form": signature(keyid="SHA256:" + "0" * 64),
    "keyid with a newline": signature(keyid=OURS.fingerprint + "\n"),
    "keyid no text": signature(keyid=1),
    "short signature": signature(sig="AAAA"),
    "signature no text": signature(sig=None),
    "URL-safe base64": signature(sig=URL_SAFE),
    "bits left over": signature(sig=LOOSE),
    "no padding": signature(sig=SIG.rstrip("=")),
    "white space in base64": signature(sig=SIG[:4] + " " + SIG[4:]),
    "payload not text": envelope_with(payload=[]),
    "payload empty": envelope_with(payload=""),
    "payload not JSON": signed(lambda _: b"hello"),
    "payload not canonical": signed(lambda statement: json.dumps(statement).encode()),
    "another type of statement": signed(lambda statement: {**statement, "_type": "https://in-toto.io/Statement/v0.1"}),
    "another predicate type": signed(lambda statement: {**statement, "predicateType": "urn:other"}),
    "statement with more": signed(lambda statement: {**statement, "more": 1}),
    "predicate with more": signed(lambda statement: {**statement, "predicate": {**PREDICATE, "more": 1}}),
    "predicate with less": signed(lambda statement: {**statement, "predicate": {"name": "x"}}),
    "predicate no object": signed(lambda statement: {**statement, "predicate": []}),
    "subjects no list": signed(lambda statement: {**statement, "subject": {}}),
    "subjects null": signed(lambda statement: {**statement, "subject": None}),
    "subjects not sorted": signed(lambda statement: {**statement, "subject": statement["subject"][::-1]}),
    "subject twice": signed(lambda statement: {**statement, "subject": statement["subject"][:1] * 2}),
    "subject with more": signed(lambda s: {**s, "subject": [{**s["subject"][0], "uri": "x"}]}),
    "subject no object": signed(lambda s: {**s, "subject": ["data/a"]}),
    "subject up": signed(lambda s: {**s, "subject": [{"name": "../x", "digest": {"sha256": "1" * 64}}]}),
    "subject without a name": signed(lambda s: {**s, "subject": [{"name": None, "digest": {"sha256": "1" * 64}}]}),
    "two digests": signed(lambda s: {**s, "subject": [{"name": "a", "digest": {"sha256": "1" * 64, "md5": "1"}}]}),
    "digest of another form": signed(lambda s: {**s, "subject": [{"name": "a", "digest": {"sha256": "A" * 64}}]}),
    "digest no text": signed(lambda s: {**s, "subject": [{"name": "a", "digest": {"sha256": int("1" * 64)}}]}),
}


def test_bits_left_over_decode_to_the_same():
    assert base64.b64decode(LOOSE) == b"1" * 64


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_not_in_its_one_form_is_refused(kind):
    with pytest.raises(InputError):
        read_envelope(MALFORMED[kind])


def test_what_could_not_be_read_is_not_signed():
    with pytest.raises(InputError, match="the predicate"):
        sign_statement(SUBJECTS, {"name": "x"}, sign=OURS.sign, keyid=OURS.fingerprint)
    with pytest.raises(InputError, match="name"):
        sign_statement({"/x": "1" * 64}, PREDICATE, sign=OURS.sign, keyid=OURS.fingerprint)
    with pytest.raises(InputError, match="keyid"):
        sign_statement(SUBJECTS, PREDICATE, sign=OURS.sign, keyid="me")


def test_no_change_of_a_byte_leaves_an_envelope_that_is_signed():
    data = sealed()[SIGNATURE_FILE]
    for place in range(len(data)):
        for flip in (0x01, 0x20):
            changed = data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
            try:
                envelope = read_envelope(changed)
            except InputError:
                continue
            assert envelope.keyid != OURS.fingerprint or not envelope.is_signed_by(OURS), (place, flip)

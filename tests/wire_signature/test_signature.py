"""Signatures: ours, the field's with its habits, and every way to cheat."""

import base64
import hashlib
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gmssl_pyx
import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hoppo.wire.algorithms import Sm2Pair, raw_sm2_signature, sm3
from hoppo.wire.certificate import CertificateError, read_certificate, read_private_key
from hoppo.wire.sandbox_certificate import CertificateAlgorithm, make_certificate
from hoppo.wire.signature import SignError, Verification, sign, verify
from hoppo.wire.signature_sentences import HABITS
from hoppo.wire.signature_shape import digest_as_sent, only_signature, read_signed_info

CEB = Path(__file__).parents[3] / "shared" / "ceb"
NEEDS_CEB = pytest.mark.skipif(not CEB.exists(), reason="the official files are not here")
DSIG = "http://www.w3.org/2000/09/xmldsig#"
DS = f"{{{DSIG}}}"
SPACE = "http://www.chinaport.gov.cn/ceb"
PORT = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SINCE, UNTIL = datetime(2022, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
SM2 = make_certificate("Trader", "4401000001", "sm2-sm3", SINCE, UNTIL, seed=b"one")
OTHER_SM2 = make_certificate("Trader", "4401000001", "sm2-sm3", SINCE, UNTIL, seed=b"two")
RSA = make_certificate("Trader", "4401000001", "rsa-sha1", SINCE, UNTIL)
PAIRS: dict[CertificateAlgorithm, tuple[bytes, bytes]] = {"sm2-sm3": SM2, "rsa-sha1": RSA}
BOTH = pytest.mark.parametrize("algorithm", ["sm2-sm3", "rsa-sha1"])
MESSAGE = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<ceb:CEB621Message xmlns:ceb="{SPACE}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" guid="G" version="1.0">\n'
    "  <ceb:Inventory><ceb:copNo>C&amp;1</ceb:copNo><ceb:note>备注</ceb:note></ceb:Inventory>\n"
    "  <ceb:BaseTransfer><ceb:copCode>4401000001</ceb:copCode></ceb:BaseTransfer>\n"
    "</ceb:CEB621Message>"
).encode()


def signed(algorithm: CertificateAlgorithm = "sm2-sm3", data: bytes = MESSAGE) -> bytes:
    """The message signed by us, reproducibly."""
    key, certificate = PAIRS[algorithm]
    return sign(
        data,
        private_key_pem=key,
        certificate_pem=certificate,
        algorithm=algorithm,
        reproducible=True,
    )


def check(data: bytes, moment: datetime | None = None) -> Verification:
    """Verify bytes, and hold verify to its word: the tree stays as it was."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))
    before = etree.tostring(root.getroottree())
    result = verify(root, moment=moment)
    assert verify(root, moment=moment, sent=data) == result
    assert etree.tostring(root.getroottree()) == before
    assert result.valid == (not result.reason_en) == (not result.reason_zh)
    assert set(result.notes) <= set(HABITS)
    return result


@BOTH
def test_what_we_sign_verifies_without_a_note(algorithm: CertificateAlgorithm) -> None:
    result = check(signed(algorithm), SINCE)
    certificate = read_certificate(PAIRS[algorithm][1])
    assert (result.valid, result.notes, result.algorithm) == (True, (), algorithm)
    assert result.certificate_der == certificate.der
    assert result.key_name == certificate.serial_hex
    assert result.readable_certificate


@BOTH
def test_signing_adds_the_signature_and_not_one_space(algorithm: CertificateAlgorithm) -> None:
    data = signed(algorithm)
    match = re.search(rb"<ds:Signature .*</ds:Signature>", data, re.DOTALL)
    assert match
    assert not re.search(rb">\s+<", match[0])
    assert data[: match.start()] + data[match.end() :] == MESSAGE
    assert data.endswith(b"</ds:Signature></ceb:CEB621Message>")


def test_reproducible_signatures_are_the_same_bytes_and_others_are_not() -> None:
    assert signed() == signed()
    key, certificate = SM2
    drawn = [
        sign(MESSAGE, private_key_pem=key, certificate_pem=certificate, algorithm="sm2-sm3")
        for _ in range(2)
    ]
    assert drawn[0] != drawn[1]
    assert all(check(data).valid for data in drawn)


def test_an_export_signature_stands_before_the_extension() -> None:
    extension = b"<ceb:ExtendMessage><ceb:name>n</ceb:name></ceb:ExtendMessage>\n</ceb:CEB"
    data = MESSAGE.replace(b"</ceb:CEB", extension)
    key, certificate = SM2
    for before, expected in (("ExtendMessage", -2), (None, -1), ("Absent", -1)):
        made = sign(
            data,
            private_key_pem=key,
            certificate_pem=certificate,
            algorithm="sm2-sm3",
            before=before,
        )
        assert etree.fromstring(made)[expected].tag == f"{DS}Signature"
        assert (check(made).valid, check(made).notes) == (True, ())


def test_byte_order_mark_cdata_and_default_namespace_survive_signing() -> None:
    data = MESSAGE.replace(b"ceb:", b"").replace(b"xmlns:ceb", b"xmlns")
    data = b"\xef\xbb\xbf" + data.replace(b"<note>", b"<note><![CDATA[a<b]]>")
    made = signed(data=data.replace(b'xmlns:ceb="', b'xmlns="'))
    assert made.startswith(b"\xef\xbb\xbf<?xml")
    assert b"<![CDATA[a<b]]>" in made
    assert (check(made).valid, check(made).notes) == (True, ())


@BOTH
def test_a_certificate_counts_only_within_its_days(algorithm: CertificateAlgorithm) -> None:
    data = signed(algorithm)
    second = timedelta(seconds=1)
    days = {SINCE - second: False, SINCE: True, UNTIL: True, UNTIL + second: False}
    assert {moment: check(data, moment).valid for moment in days} == days
    assert "2032-01-01" in check(data, UNTIL + second).reason_en


TAMPERINGS: dict[str, tuple[bytes, bytes]] = {
    "a value": (b"4401000001<", b"4401000002<"),
    "a character of a name": ("备注".encode(), "备住".encode()),
    "an attribute": (b'guid="G"', b'guid="H"'),
    "white space in the content": (b"<ceb:Inventory>", b"<ceb:Inventory> "),
    "an added element": (b"</ceb:Inventory>", b"</ceb:Inventory><ceb:Inventory/>"),
    "the prefix and the name space": (b"ceb", b"cab"),
    "text beside the signature": (b"<ds:Signature ", b"x<ds:Signature "),
    "text after the signature": (b"</ds:Signature>", b"</ds:Signature>x"),
    "a comment in a value": (b"C&amp;1", b"C<!-- -->&amp;1"),
    "a processing instruction": (b"<ceb:Inventory>", b"<ceb:Inventory><?ds x?>"),
    "the digest": (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"),
    "no digest": (b"ds:DigestValue>", b"ds:Digest>"),
    "the signature value": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
    "another method": (b'SignatureMethod Algorithm="', b'SignatureMethod Algorithm="urn:'),
    "a part only": (b'URI=""', b'URI="#G"'),
    "no reference": (b' URI=""', b""),
    "another transform": (b"#enveloped-signature", b"#base64"),
    "a second transform": (
        b"</ds:Transforms>",
        b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>',
    ),
    "two enveloped": (
        b"</ds:Transforms>",
        b'<ds:Transform Algorithm="%senveloped-signature"/></ds:Transforms>' % DSIG.encode(),
    ),
    "another canonicalization": (b"REC-xml-c14n-20010315", b"REC-xml-exc-c14n"),
    "a second reference": (b"</ds:SignedInfo>", b'<ds:Reference URI=""/></ds:SignedInfo>'),
    "an object": (b"</ds:Signature>", b"<ds:Object/></ds:Signature>"),
    "a comment in the signature": (b"<ds:SignatureValue>", b"<!-- --><ds:SignatureValue>"),
    "no certificate": (b"X509Certificate", b"X509CRL"),
    "a nested signature": (b"</ceb:Inventory>", b"<ds:Signature xmlns:ds='%s'/></ceb:Inventory>"
                           % DSIG.encode()),
    "a doctype": (b"<ceb:CEB621Message", b"<!DOCTYPE a><ceb:CEB621Message"),
    "a look-alike": (b"<ceb:Inventory>", b"<ceb:Inventory><ds:Signature xmlns:ds='urn:x'/>"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_tampered_message_is_not_valid(algorithm: CertificateAlgorithm, tampering: str) -> None:
    old, new = TAMPERINGS[tampering]
    data = signed(algorithm)
    changed = data.replace(old, new)
    assert changed != data
    result = check(changed)
    assert not result.valid
    assert result.readable_certificate == (tampering not in NO_CERTIFICATE)


NO_CERTIFICATE = {
    "no certificate", "a comment in a value", "a processing instruction", "a nested signature",
    "a doctype", "a comment in the signature",
}  # fmt: skip


@BOTH
def test_another_key_does_not_pass_for_the_certificates(algorithm: CertificateAlgorithm) -> None:
    other = make_certificate("Trader", "4401000001", algorithm, SINCE, UNTIL)
    mine, theirs = (
        base64.b64encode(read_certificate(pem).der) for pem in (PAIRS[algorithm][1], other[1])
    )
    result = check(signed(algorithm).replace(mine, theirs))
    assert not result.valid
    assert "not made by the key" in result.reason_en


def test_a_key_of_the_other_kind_is_refused() -> None:
    sm2, rsa = (base64.b64encode(read_certificate(pem).der) for pem in (SM2[1], RSA[1]))
    assert "key of the certificate is rsa" in check(signed().replace(sm2, rsa)).reason_en
    swapped = check(signed("rsa-sha1").replace(rsa, sm2))
    assert "key of the certificate is sm2" in swapped.reason_en


def wrapped_content(root: etree._Element) -> None:
    """The signed root becomes a part of a new one, which keeps the signature as its child."""
    copy = etree.fromstring(etree.tostring(root))
    copy.remove(copy.find(f"{DS}Signature"))  # type: ignore[arg-type]
    root[0][0].text = "forged"
    holder = etree.SubElement(root, f"{{{SPACE}}}ExtendMessage")
    holder.append(copy)


def moved_signature(root: etree._Element) -> None:
    """The signature goes down into the extension."""
    holder = etree.SubElement(root, f"{{{SPACE}}}ExtendMessage")
    holder.append(root.find(f"{DS}Signature"))  # type: ignore[arg-type]


def second_signature(root: etree._Element) -> None:
    """The same signature stands there twice."""
    root.append(etree.fromstring(etree.tostring(root[-1])))


def moved_earlier(root: etree._Element) -> None:
    """The signature leaves its place among the children: the content's own order is the same."""
    root.insert(0, root[-1])


@pytest.mark.parametrize("trick", [wrapped_content, moved_signature, second_signature])
def test_wrapping_and_moving_do_not_help(trick: Callable[[etree._Element], None]) -> None:
    root = etree.fromstring(signed())
    trick(root)
    assert not check(etree.tostring(root)).valid


def test_a_signature_elsewhere_under_the_root_covers_the_same_content() -> None:
    root = etree.fromstring(signed().replace(b"\n", b"").replace(b"  ", b""))
    assert not check(etree.tostring(root)).valid  # white space between elements is content
    root = etree.fromstring(signed(data=re.sub(rb">\s+<", b"><", MESSAGE)))
    moved_earlier(root)
    assert check(etree.tostring(root)).valid


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(signed()) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_never_taken_for_signed_content(place: int, byte: int) -> None:
    good = signed()
    data = bytearray(good)
    data[place] = byte
    try:
        root = etree.fromstring(bytes(data), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return
    content = etree.fromstring(good)
    valid = verify(root).valid
    assert verify(root, sent=bytes(data)).valid == valid
    if valid:
        for tree in (content, root):
            tree.remove(tree.find(f"{DS}Signature"))  # type: ignore[arg-type]
        assert etree.tostring(root, method="c14n") == etree.tostring(content, method="c14n")


def as_sent(data: bytes) -> bool:
    """Whether a message's bytes are seen to be what was signed without being made canonical."""
    root = etree.fromstring(data)
    signature = only_signature(root)
    info = read_signed_info(signature)
    return digest_as_sent(data, signature, info.suite) == info.digest


def test_bytes_in_canonical_form_are_known_as_what_was_signed() -> None:
    good = signed()
    assert as_sent(good)
    body = good.partition(b"\n")[2]
    assert as_sent(body)
    assert as_sent(b'<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\n\n' + body + b"\n")
    for ahead in (
        # The same bytes would spell other characters.
        b'<?xml version="1.0" encoding="GBK"?>\n',
        b'<?xml version="1.0"\tencoding="UTF-8"?>\n',
        b"<!-- a comment -->",
        b"<?an instruction?>",
    ):
        assert not as_sent(ahead + body)
    assert not as_sent(good.replace(b"<ceb:copNo>C", b"<ceb:copNo><![CDATA[C]]>"))
    assert not as_sent(good.replace(b"\n  <ceb:Inv", b"\r\n  <ceb:Inv"))


def field_signed(  # noqa: PLR0913 - each is a habit
    method: str = PORT + "sm2-sm3",
    digest_method: str = PORT + "sm3",
    *,
    before: bytes = b"",
    after: bytes = b"",
    digested: bytes | None = None,
    pretty: bool = False,
    der: bool = False,
    canonicalization: str = C14N,
) -> bytes:
    """The message signed as programs in the field do: by text, not by our code.

    `before` and `after` stand around the signature, `digested` in its place when the digest is
    taken; `pretty` breaks the signature into lines after signing.
    """
    start, end = MESSAGE[: -len("</ceb:CEB621Message>")].rstrip(), b"</ceb:CEB621Message>"
    root = etree.fromstring(start + (before + after if digested is None else digested) + end)
    canonical = etree.tostring(root, method="c14n")
    digest = hashlib.sha1(canonical).digest() if "sha1" in digest_method else sm3(canonical)  # noqa: S324
    spaces = f'xmlns:ceb="{SPACE}" xmlns:ds="{DSIG}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    info = (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonicalization}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{method}">'
        f'</ds:SignatureMethod><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{DSIG}'
        'enveloped-signature"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="'
        f'{digest_method}"></ds:DigestMethod><ds:DigestValue>{base64.b64encode(digest).decode()}'
        "</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    octets = info.replace("<ds:SignedInfo>", f"<ds:SignedInfo {spaces}>", 1).encode()
    value = field_value(octets, rsa="rsa" in method, der=der)
    pem = RSA[1] if "rsa" in method else SM2[1]
    certificate = base64.b64encode(read_certificate(pem).der).decode()
    signature = (
        f'<ds:Signature xmlns:ds="{DSIG}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:KeyName>{read_certificate(pem).serial_hex}</ds:KeyName><ds:X509Data>"
        f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</ds:Signature>"
    )
    if pretty:
        signature = re.sub(r"(?<=>)(?=</?ds:)", "\n", signature).replace(
            certificate, f"\n{certificate}\n"
        )
    return start + before + signature.encode() + after + end


def field_value(octets: bytes, *, rsa: bool, der: bool) -> str:
    """The SignatureValue over the octets, by the libraries directly."""
    key = read_private_key(RSA[0] if rsa else SM2[0])
    if isinstance(key, RSAPrivateKey):
        value = key.sign(octets, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    else:
        value = gmssl_pyx.sm2_sign(key.secret.to_bytes(32), key.point, octets)
        value = value if der else raw_sm2_signature(asn1.decode_der(Sm2Pair, value))
    return base64.b64encode(value).decode()


FIELD_SM2 = {"method": DSIG + "sm2-sm3", "digest_method": DSIG + "sha1"}


@pytest.mark.parametrize(
    ("made", "notes"),
    [
        (field_signed(), ()),
        (field_signed(DSIG + "rsa-sha1", DSIG + "sha1"), ()),
        (field_signed(before=b"\n", after=b"\n"), ()),
        (field_signed(before=b"\n", after=b"\n", pretty=True), ("signed-info-compact",)),
        (field_signed(before=b"\n", after=b"\n \n", digested=b"\n"), ("tail-dropped",)),
        (field_signed(before=b"\n\t", after=b"\n", digested=b"\n"), ("head-dropped",)),
        (field_signed(before=b" ", after=b"\n", digested=b""), ("white-space-dropped",)),
        (field_signed(before=b"\t", after=b"  ", digested=b"\n"), ("one-newline",)),
        (field_signed(digested=b"\n"), ("one-newline",)),
        (field_signed(digest_method=DSIG + "sha1"), ("sha1-digest-with-sm2",)),
        (field_signed(**FIELD_SM2), ("sm2-method-of-the-field",)),  # type: ignore[arg-type]
        (field_signed(der=True), ("sm2-signature-der",)),
        (field_signed(canonicalization=C14N + "#WithComments"), ("c14n-with-comments",)),
        # As a 311 of 2023 came: SM2 with SHA-1, laid out afterwards, its last new line dropped.
        (
            field_signed(
                DSIG + "sm2-sm3", DSIG + "sha1",
                before=b"\n", after=b"\n\n", digested=b"\n", pretty=True,
            ),
            ("sm2-method-of-the-field", "tail-dropped", "signed-info-compact"),
        ),
    ],
)  # fmt: skip
def test_each_habit_of_the_field_is_accepted_by_name(made: bytes, notes: tuple[str, ...]) -> None:
    result = check(made)
    assert (result.valid, result.notes, result.reason_en) == (True, notes, "")
    changed = made.replace(b"4401000001<", b"4401000002<")
    assert not check(changed).valid


def test_text_around_the_signature_is_no_habit() -> None:
    for around in ({"before": b"x"}, {"after": b"x"}, {"before": b"x\n", "after": b"\n"}):
        made = field_signed(**around, digested=b"")  # type: ignore[arg-type]
        assert not check(made).valid


def test_other_key_names_and_more_certificates_are_noted() -> None:
    data = signed()
    name = read_certificate(SM2[1]).serial_hex.encode()
    assert check(data.replace(b">" + name, b">0001")).notes == ("key-name-differs",)
    assert check(data.replace(b">" + name, b">000" + name.upper())).notes == ()
    der = base64.b64encode(read_certificate(OTHER_SM2[1]).der)
    more = b"</ds:X509Certificate><ds:X509Certificate>%s</ds:X509Certificate>" % der
    result = check(data.replace(b"</ds:X509Certificate>", more))
    assert (result.valid, result.notes) == (True, ("several-certificates",))


@pytest.mark.parametrize("content", [b"", b"!", b"AAAA", b"MIIB", b"A" * 40_000])
def test_an_unreadable_certificate_is_said_so_and_raises_nothing(content: bytes) -> None:
    data = re.sub(rb"(?<=<ds:X509Certificate>)[^<]*", content, signed())
    result = check(data)
    assert (result.valid, result.readable_certificate, result.certificate_der) == (
        False,
        False,
        None,
    )
    assert "certificate" in result.reason_en.lower()


def test_an_unsigned_message_is_said_so() -> None:
    result = check(MESSAGE)
    assert (result.valid, result.algorithm, result.key_name) == (False, "", None)
    assert result.reason_en == "The message is not signed."


def test_relative_namespaces_have_no_canonical_form_and_raise_nothing() -> None:
    data = signed().replace(
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b'xmlns:xsi="../a"'
    )
    assert not check(data).valid


def test_many_comments_and_elements_cost_no_more_than_reading_them() -> None:
    children = b"<ceb:a/><!-- -->" * 20_000
    data = signed(data=MESSAGE.replace(b"</ceb:Inventory>", children + b"</ceb:Inventory>"))
    assert check(data).valid


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"data": b"<a>"}, "well-formed"),
        ({"data": b""}, "well-formed"),
        ({"data": signed()}, "signed already"),
        ({"data": b"<!DOCTYPE a><a/>"}, "DOCTYPE"),
        ({"private_key_pem": OTHER_SM2[0]}, "does not belong"),
        ({"private_key_pem": RSA[0]}, "does not belong"),
        ({"algorithm": "rsa-sha1"}, "method is rsa-sha1, but the key of the certificate is sm2"),
        ({"private_key_pem": b"junk"}, "private key"),
        ({"certificate_pem": b"junk"}, "certificate"),
    ],
)
def test_what_cannot_be_signed_is_said_so(changes: dict[str, object], why: str) -> None:
    given_: dict[str, object] = {
        "data": MESSAGE,
        "private_key_pem": SM2[0],
        "certificate_pem": SM2[1],
        "algorithm": "sm2-sm3",
    }
    with pytest.raises((SignError, CertificateError), match=why):
        sign(**{**given_, **changes})  # type: ignore[arg-type]


@NEEDS_CEB
def test_official_samples_carry_placeholders_and_are_not_valid() -> None:
    results = {
        path.name: check(path.read_bytes()) for path in sorted((CEB / "samples").glob("*.xml"))
    }
    found = {name: result for name, result in results.items() if result.algorithm}
    assert len(found) == 13
    for result in found.values():
        assert (result.valid, result.algorithm) == (False, "sm2-sm3")
        assert (result.readable_certificate, result.key_name) == (True, "0001")
        assert result.notes == ("key-name-differs",)
        assert "digest differs" in result.reason_en


@NEEDS_CEB
@BOTH
def test_a_signed_sample_is_valid_and_fits_the_official_schema(
    algorithm: CertificateAlgorithm,
) -> None:
    schema = etree.XMLSchema(etree.parse(CEB / "xsd" / "import-202205.xsd"))
    for name in ("CEB621Message", "CEB311Message", "CEB623Message"):
        root = etree.parse(CEB / "samples" / f"{name}.xml").getroot()
        root.remove(root.find(f"{DS}Signature"))  # type: ignore[arg-type]
        made = signed(algorithm, etree.tostring(root, encoding="UTF-8"))
        assert check(made).valid
        if schema.validate(root):
            schema.assertValid(etree.fromstring(made))


def test_malformed_values_never_reach_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    """GmSSL writes to standard error about each signature it cannot read."""
    good = signed()
    values = [b"A" * 88, base64.b64encode(bytes(64)), base64.b64encode(b"\xff" * 64)]
    for value in values:
        check(re.sub(rb"(?<=<ds:SignatureValue>)[^<]*", value, good))
    sys.stderr.flush()
    assert capfd.readouterr().err == ""

"""Numbers, references, masks and signatures: small things that must never be wrong."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook

from services.intake_service.blinding import Blind
from services.intake_service.domain.masking import masked_name, masked_phone
from services.intake_service.phones import e164, region_of
from services.intake_service.settings import IntakeSettings
from services.intake_service.signatures import Signatures

KEY, OLD = "whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8
BLIND = Blind("a key of the tests alone, long enough")


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("0912345678", "TW", "+886912345678"),
        ("0912-345-678", "TW", "+886912345678"),
        ("+886 912 345 678", "TW", "+886912345678"),
        ("02-2712-3456", "TW", "+886227123456"),
        ("13912345678", "CN", "+8613912345678"),
        ("+86 139 1234 5678", "TW", "+8613912345678"),
        ("withheld", "TW", None),
        ("12", "CN", None),
    ],
)
def test_one_number_has_one_spelling(typed: str, region: str, number: str | None) -> None:
    assert e164(typed, region) == number


def test_the_time_zone_says_the_region() -> None:
    assert (region_of("Asia/Shanghai"), region_of("Asia/Taipei")) == ("CN", "TW")


def test_references_of_two_organisations_never_meet() -> None:
    one, other = (BLIND.customer(org, "+886912345678") for org in ("mall-demo", "auto-demo"))
    assert one != other
    assert one == BLIND.customer("mall-demo", "+886912345678")
    assert "912345678" not in one
    assert BLIND.file("mall-demo", "M-1").version is not None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王大明", "王○明"),
        ("王明", "王○"),
        ("歐陽小明", "歐○明"),
        ("Mary Smith", "M○"),
        ("王", "王○"),
    ],
)
def test_a_name_is_recognised_and_not_read(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("0912345678", "0912-***-678"), ("0912-345-678", "0912-***-678"), ("119", "***")],
)
def test_a_phone_is_recognised_and_not_dialled(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


@given(st.text(alphabet="0123456789-+ ", min_size=3, max_size=32))
def test_a_masked_phone_hides_at_least_two_digits(phone: str) -> None:
    digits = sum(map(str.isdigit, phone))
    assert sum(map(str.isdigit, masked_phone(phone))) <= max(digits - 2, 0)


def headers(key: str, *, at: float, body: bytes = b"{}") -> dict[bytes, bytes]:
    moment = datetime.fromtimestamp(at, UTC)
    return {
        b"webhook-id": b"msg_1",
        b"webhook-timestamp": str(int(at)).encode(),
        b"webhook-signature": Webhook(key).sign("msg_1", moment, body.decode()).encode(),
    }


def test_present_and_former_secrets_are_believed() -> None:
    signatures = Signatures([f"180:{KEY}", f"180:{OLD}", f"119:{KEY}"])
    for key in (KEY, OLD):
        assert signatures.verified("180", headers(key, at=time.time()), b"{}") is not None
    assert signatures.verified("119", headers(OLD, at=time.time()), b"{}") is None
    assert signatures.verified("110", headers(KEY, at=time.time()), b"{}") is None


def test_nothing_altered_late_early_or_nameless_is_believed() -> None:
    now = time.time()
    signatures = Signatures([f"180:{KEY}"], now=lambda: now)
    good = headers(KEY, at=now)
    assert signatures.verified("180", good, b"{}") is not None
    assert signatures.verified("180", good, b"{ }") is None
    assert signatures.verified("180", good | {b"webhook-id": b""}, b"{}") is None
    assert signatures.verified("180", good | {b"webhook-signature": b"v1,?? v2,xx"}, b"{}") is None
    assert signatures.verified("180", good | {b"webhook-timestamp": b"soon"}, b"{}") is None
    assert signatures.verified("180", headers(KEY, at=now - 301), b"{}") is None
    assert signatures.verified("180", headers(KEY, at=now + 301), b"{}") is None
    assert signatures.verified("180", headers(KEY, at=now - 299), b"{}") is not None


def test_a_secret_that_cannot_be_read_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="whsec_") as refused:
        Signatures(["180:whsec_not base64!"])
    assert "not base64!" not in str(refused.value)


def test_production_refuses_the_blind_key_of_development() -> None:
    with pytest.raises(ValueError, match="blind key"):
        IntakeSettings(
            environment="production",
            https=True,
            issuer="https://issuer.example",
            cursor_key=SecretStr("x" * 32),
            api_key_pepper=SecretStr("y" * 32),
        )

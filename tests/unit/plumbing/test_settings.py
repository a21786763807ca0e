"""Settings come from the environment, and a production refuses the unsafe ones."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shared.plumbing.settings import Settings, load_settings, unsafe

SECRET = SecretStr("a secret of at least 24 characters")
SAFE: dict[str, Any] = {
    "environment": "production",
    "https": True,
    "issuer": "https://login.example",
    "jwks": "https://login.example/jwks",
    "api_key_pepper": SECRET,
    "cursor_key": SECRET,
    "database_url": "postgresql://kesu:pw@db/kesu",
    "cors_origins": ("https://app.example",),
    "hotline_secrets": (SECRET,),
}


def test_a_service_has_its_own_and_falls_back_to_the_common(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KESU_PORT", "8000")
    monkeypatch.setenv("KESU_INTAKE_PORT", "8101")
    monkeypatch.setenv("KESU_KAFKA", "127.0.0.1:9092")
    monkeypatch.setenv("KESU_CORS_ORIGINS", "https://a.example, https://b.example")

    intake, escalation = (load_settings(each, Settings) for each in ("intake", "escalation"))

    assert (intake.port, escalation.port) == (8101, 8000)
    assert intake.kafka == escalation.kafka == "127.0.0.1:9092"
    assert intake.cors_origins == ("https://a.example", "https://b.example")


def test_a_safe_production_starts() -> None:
    assert unsafe(Settings(**SAFE)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"debug": True},
        {"https": False},
        {"issuer": "https://issuer.kesu.dev"},
        {"api_key_pepper": SecretStr("for-development-only")},
        {"cursor_key": SecretStr("short")},
        {"hotline_secrets": (SecretStr("short"),)},
        {"cors_origins": ("*",)},
        {"cors_origins": ("https://*.example",)},
        {"cors_origins": ("http://app.example",)},
        {"cors_origins": ("https://app.example/",)},
        {"database_url": "postgresql://kesu@db/kesu"},
    ],
)
def test_an_unsafe_production_refuses_to_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="refuses to start"):
        Settings(**(SAFE | wrong))


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings(**SAFE))

    assert "24 characters" not in shown
    assert "pw@db" not in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1

"""What a service is told from outside, read once at the start and then frozen.

`KESU_<SERVICE>_<NAME>` wins over `KESU_<NAME>`, so `KESU_INTAKE_PORT=8101` and one
`KESU_DATABASE_URL` for all stand side by side.
"""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

DEVELOPMENT_SECRET = "for-development-only"  # noqa: S105 - refused in production below
ISSUER = "https://issuer.kesu.dev"
AUDIENCE = "kesu"


class Settings(BaseSettings):
    """The settings every service has. A service with more of them subclasses this one."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="KESU_")

    environment: Literal["development", "production"] = "development"
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    https: bool = False
    """Whether callers reach us by TLS (it may end at the gateway)."""
    home: Path = Path(".kesu")
    policies: Path = Path("policies")
    organisations: Path = Path("organisations")

    database_url: str = Field(default="", repr=False)
    kafka: str = ""
    kafka_flavour: Literal["kafka", "tansu"] = "kafka"
    kafka_incarnation: str | None = None

    issuer: str = ISSUER
    audience: str = AUDIENCE
    jwks: str = ""
    """A file or an http(s) URL; empty means `jwks.json` in `home`."""
    api_keys: Path | None = None
    """JSON file of machine keys; none means `apikeys.json` in `home`."""
    api_key_pepper: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    cursor_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    hotline_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    concurrency_max: int = 128
    queue_max: int = 512
    queue_wait_s: float = 1.0

    @field_validator("cors_origins", "hotline_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`a, b` in the environment is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        found = unsafe(self) if self.environment == "production" else []
        if found:
            raise ValueError("production refuses to start: " + "; ".join(found))
        return self

    @property
    def jwks_source(self) -> str:
        """Where the issuer's public keys are read from: a path or a URL."""
        return self.jwks or str(self.home / "jwks.json")

    @property
    def api_keys_path(self) -> Path:
        """Where machine keys are read from; the file may be absent."""
        return self.api_keys or self.home / "apikeys.json"


Chosen = TypeVar("Chosen", bound=Settings)


def load_settings(service: str, kind: type[Chosen]) -> Chosen:
    """The settings of one service from the environment. Raises pydantic.ValidationError."""

    class ForService(kind):  # type: ignore[valid-type,misc]
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], **_sources: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            prefixes = (f"KESU_{service.upper()}_", "KESU_")
            return tuple(EnvSettingsSource(settings_cls, env_prefix=each) for each in prefixes)

    found: Chosen = ForService()
    return found


def unsafe(settings: Settings) -> list[str]:
    """What a production must not have, as sentences (ASVS 13.2.3, 13.4.2)."""
    url = urlsplit(settings.database_url)
    rules = {
        "debug is on": settings.debug,
        "the development issuer is trusted": settings.issuer == ISSUER,
        "callers do not come by https": not settings.https,
        "the cursor key is the default": _weak(settings.cursor_key),
        "the API key pepper is the default": _weak(settings.api_key_pepper),
        "a hotline secret is short": any(_weak(each) for each in settings.hotline_secrets),
        "a CORS origin is not exact": any(not _exact(each) for each in settings.cors_origins),
        "the database takes us without a password": bool(url.hostname) and not url.password,
    }
    return [sentence for sentence, broken in rules.items() if broken]


def _weak(secret: SecretStr) -> bool:
    value = secret.get_secret_value()
    return value == DEVELOPMENT_SECRET or len(value) < 24


def _exact(origin: str) -> bool:
    """An origin is scheme and host, nothing else: no star, no path (RFC 6454)."""
    parts = urlsplit(origin)
    plain = parts.scheme == "https" and bool(parts.hostname) and "*" not in origin
    return plain and origin == f"{parts.scheme}://{parts.netloc}"

"""What each child of the supervisor is told through its environment."""

import os

from kesu.home import PROJECT, SERVICES, Home

Environment = dict[str, str]


def common(home: Home) -> Environment:
    """What every child of this Kesu gets."""
    given = {name: value for name, value in os.environ.items() if name != "KESU_ADMIN_DATABASE_URL"}
    return given | {
        "KESU_HOME": str(home.folder),
        "KESU_PORT_BASE": str(home.ports.base),
        "KESU_POLICIES": os.environ.get("KESU_POLICIES", str(PROJECT / "policies")),
        "KESU_ORGANISATIONS": os.environ.get("KESU_ORGANISATIONS", str(PROJECT / "organisations")),
        "KESU_JWKS": os.environ.get("KESU_JWKS", str(home.folder / "jwks.json")),
        "PYTHONUNBUFFERED": "1",
    }


def broker_part(bootstrap: str, flavour: str, incarnation: str) -> Environment:
    """Where the broker is; Tansu's incarnation changes with every start, Kafka knows its own."""
    facts = {"KESU_KAFKA": bootstrap, "KESU_KAFKA_FLAVOUR": flavour}
    return facts | ({"KESU_KAFKA_INCARNATION": incarnation} if incarnation else {})


def outside_broker() -> Environment:
    """A broker that somebody else runs: KESU_KAFKA, KESU_KAFKA_FLAVOUR, KESU_KAFKA_INCARNATION."""
    return broker_part(
        os.environ["KESU_KAFKA"],
        os.environ.get("KESU_KAFKA_FLAVOUR", "kafka"),
        os.environ.get("KESU_KAFKA_INCARNATION", ""),
    )


def for_service(home: Home, service: str, broker: Environment) -> Environment:
    """One service: its own database login and port, nobody else's."""
    own = {
        "KESU_DATABASE_URL": home.service_dsn(service),
        "KESU_PORT": str(home.ports.service(service)),
    }
    if service == "intake" and "KESU_INTAKE_HOTLINE_SECRETS" not in os.environ:
        own["KESU_INTAKE_HOTLINE_SECRETS"] = f"180:{home.hotline_secret()}"
    return common(home) | broker | own


def for_maintenance(home: Home, admin_dsn: str, broker: Environment) -> Environment:
    """A command that looks across services: every login, and the administrator's."""
    logins = {f"KESU_{name.upper()}_DATABASE_URL": home.service_dsn(name) for name in SERVICES}
    return common(home) | broker | logins | {"KESU_ADMIN_DATABASE_URL": admin_dsn}

"""Ports are counted from one base and stay clear of the ones Linux lends to clients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesu.home import SERVICES, BadSetting, Ports, service_dsn


def test_the_default_ports_are_the_ones_the_readme_names() -> None:
    ports = Ports()
    assert [ports.service(service) for service in SERVICES] == [20011, 20012, 20013, 20014, 20015]
    assert (ports.gateway, ports.broker, ports.postgres) == (20010, 20092, 20432)


@given(st.integers(min_value=1024, max_value=32_335))
def test_every_port_is_its_own_and_below_the_ephemeral_ones(base: int) -> None:
    ports = Ports(base=base)
    all_of_them = [ports.gateway, ports.broker, ports.controller, ports.postgres]
    all_of_them += [ports.service(service) for service in SERVICES]
    assert len(set(all_of_them)) == len(all_of_them)
    assert max(all_of_them) < 32_768


@pytest.mark.parametrize("base", [0, 80, 32_336, 65_000])
def test_a_base_that_leaves_no_room_is_refused(base: int) -> None:
    with pytest.raises(BadSetting):
        Ports(base=base)


def test_a_password_with_odd_signs_survives_the_dsn() -> None:
    assert "p%40%2Fw" in service_dsn("127.0.0.1:1", "intake", "p@/w")

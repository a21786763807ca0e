"""Who somebody is at work: the closed list of roles that doors, packs and tokens speak of."""

from enum import StrEnum


class Role(StrEnum):
    """A role in an organisation. Packs give authority to roles; doors are opened to roles."""

    CLERK = "clerk"
    DEPARTMENT_SUPERVISOR = "department_supervisor"
    CS_MANAGER = "cs_manager"
    STORE_MANAGER = "store_manager"
    DEPARTMENT_HEAD = "department_head"
    HQ_CUSTOMER_SERVICE = "hq_customer_service"
    OPERATIONS_VP = "operations_vp"
    GENERAL_MANAGER = "general_manager"
    FINANCE = "finance"
    AUDIT = "audit"
    HOTLINE = "hotline"
    INTEGRATION = "integration"
    ADMINISTRATOR = "administrator"


STAFF: frozenset[Role] = frozenset(
    {
        Role.CLERK,
        Role.DEPARTMENT_SUPERVISOR,
        Role.CS_MANAGER,
        Role.STORE_MANAGER,
        Role.DEPARTMENT_HEAD,
        Role.HQ_CUSTOMER_SERVICE,
        Role.OPERATIONS_VP,
        Role.GENERAL_MANAGER,
    }
)
"""Everybody who works on cases; not finance, audit, machines or administrators."""

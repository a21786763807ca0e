"""What all services share in the database and none owns: business time, and words about it.

Business time is the database's clock plus an offset that only grows (decision 9). Only the
administrator moves it; services read.
"""

STATEMENTS = (
    "create schema if not exists platform",
    """
    create table if not exists platform.business_time (
        singleton boolean primary key default true check (singleton),
        ahead interval not null default '0' check (ahead >= interval '0'))
    """,
    "insert into platform.business_time default values on conflict do nothing",
    """
    create or replace function platform.only_forward() returns trigger language plpgsql
    set search_path = platform as $$ begin
        if new.ahead < old.ahead then
            raise exception 'business time only grows' using errcode = '23514';
        end if;
        return new;
    end $$
    """,
    """
    create or replace trigger only_forward before update on platform.business_time
    for each row execute function platform.only_forward()
    """,
    """
    create or replace function platform.business_now() returns timestamptz language sql stable
    as $$ select clock_timestamp() + ahead from platform.business_time $$
    """,
    """
    create table if not exists platform.clock_acknowledgements (
        acknowledged_at timestamptz primary key default clock_timestamp(),
        operator text not null, reason text not null)
    """,
    # In force until one more word is said than there were when the jump was seen. A word said while
    # a worker did not look is about the jump it finds: counted, since after a jump back the newest
    # word is not the latest one.
    """
    create table if not exists platform.clock_holds (
        words bigint primary key, step interval not null, seen_by text not null,
        seen_at timestamptz not null default clock_timestamp())
    """,
    "revoke all on function platform.business_now() from public",
)


def grants(services: tuple[str, ...]) -> list[str]:
    """Every service reads business time and the operators' words, and writes neither; it may say
    that it saw the clock jump, and never take that back.
    """
    roles = ", ".join(f"kesu_{service}_{kind}" for service in services for kind in ("owner", "app"))
    apps = ", ".join(f"kesu_{service}_app" for service in services)
    return [
        f"grant usage on schema platform to {roles}",
        f"grant select on platform.business_time, platform.clock_acknowledgements to {roles}",
        f"grant select, insert on platform.clock_holds to {apps}",
        f"grant execute on function platform.business_now() to {roles}",
    ]

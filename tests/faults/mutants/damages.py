"""Ways to damage the sound history in its tables, by the verdict that must name them."""

_BY_VERDICT: dict[str, tuple[str, ...]] = {
    "I1": (
        "delete from intake.complaints",
        "update intake.journal set seq = 2",
    ),
    "I2": (
        "update intake.journal set fact = fact || ' '",
        "update intake.journal set partition_key = gen_random_uuid()",
        "update escalation.journal set fact = null, fact_sequence = null where seq = 5",
    ),
    "I3": (
        "delete from insights.inbox where source = '/kesu/escalation'",
        "update compensation.inbox set last_sequence = 2 where source = '/kesu/escalation'",
        "update followup.inbox set last_sequence = last_sequence + 1",
        "update intake.inbox set last_event_id = gen_random_uuid()",
        """insert into intake.outbox (bucket, aggregate, seq)
        select 1, aggregate, 1 from intake.journal""",
        """insert into insights.parked
        (source, aggregate, sequence, event_id, type, kind, problem, record) values
        ('/kesu/intake', gen_random_uuid(), 2, gen_random_uuid(), 't', 'gap', 'p', 'r')""",
        "update escalation.journal set at = at + interval '1 s' where seq = 2",
        """update escalation.journal
        set cause = (select cause from escalation.journal where seq = 1) where seq = 4""",
    ),
    "I4": (
        "update escalation.journal set fact_sequence = 4 where fact_sequence = 3",
        "update escalation.cases set facts = 4",
    ),
    "I5": (
        "delete from compensation.payments",
        "update compensation.payments set cost_minor = 501",
        "delete from compensation.ledger_transfers where kind = 'approve'",
        "update compensation.delegations set limit_minor = 499",
        "update compensation.delegations set revoked_at = starts_at",
        "update compensation.delegations set taker = 'p-4'",
        "update compensation.claims set exposure_minor = 200001",
        "update compensation.approvals set role = 'cs_manager'",
        "delete from compensation.approvals",
        """insert into compensation.journal
        select aggregate, 2, event_id, organisation, type, actor, at, correlation, cause, policy,
        entry, hash, bucket, partition_key, fact_sequence, fact
        from compensation.journal where type = 'ClaimPaid'""",
    ),
    "I6": (
        "update compensation.ledger_entries set credit_minor = 499 where credit_minor = 500",
        "delete from compensation.ledger_entries where account = 'paid'",
        "update compensation.ledger_transfers set minor = 400",
        "update compensation.claims set status = 'reversed'",
    ),
    "I7": (
        "delete from escalation.clock_steps",
        "update escalation.timers set due_at = now() - interval '1 min'",
        "update escalation.timers set problem = 'KeyError'",
        "delete from escalation.timers where name = 'clock:reply:due'",
        """insert into escalation.timers (aggregate, name, kind, due_at)
        select id, 'clock:confirm:due', 'cases', now() + interval '1 h' from escalation.cases""",
        "update escalation.journal set type = 'ClockMet' where seq = 3",
        "update escalation.journal set type = 'CaseClosed' where seq = 2",
        "update escalation.journal set at = at - interval '1 h' where seq = 3",
    ),
    "I8": (
        "update escalation.journal set actor = 'p-mallory' where seq = 2",
        "delete from escalation.journal where seq = 6",
        "update escalation.cases set version = 7",
        "delete from compensation.journal where type = 'DelegationGiven'",
    ),
    "I9": (
        "delete from intake.hotline_tickets",
        """insert into intake.hotline_tickets
        select provider, 'T-2', organisation, complaint, answer from intake.hotline_tickets""",
        "update intake.complaints set reference = 'KS-2026-000002'",
    ),
    "I10": (
        "delete from insights.timeline where service = 'intake'",
        """insert into insights.timeline
        select complaint, at, gen_random_uuid(), organisation, service, subject, 9, type, actor,
        codes from insights.timeline limit 1""",
        "update insights.counts set registered = 2",
        "update insights.counts set escalated = 0",
        "delete from insights.queue",
        "update insights.queue set tier = 'desk'",
        "update insights.queue set holder_person = ''",
        "update insights.queue set holder_person = 'p-8'",
        "update insights.queue set kind = 'question'",
        "update insights.queue set status = 'closed'",
    ),
    "I12": (
        "update intake.complaints set reference = '王小明13900000000'",
        """update intake.idempotency
        set body = convert_to('{"a": "王小明13900000000"}', 'utf8')""",
        """update escalation.cases
        set state = state || jsonb_build_object('a', '王小明13900000000')""",
    ),
    "I14": ("delete from intake.complaints",),
}
DAMAGES = [(name, damage) for name, damages in _BY_VERDICT.items() for damage in damages]

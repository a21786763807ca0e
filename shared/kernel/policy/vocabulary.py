"""The closed vocabulary: every word a row may test or ask for. A pack chooses among them, it adds
none.
"""

from typing import Final

FLAGS: Final = frozenset(
    {
        "beyond_authority",  # the unit that holds the case may not decide it (MALL-13, MALL-18)
        "beyond_service_desk",  # the service desk cannot handle it (MALL-15)
        "beyond_front_line",  # neither desk nor store may decide it (MALL-17, MALL-18)
        "other_unit_needed",  # it cannot be solved without another unit (MALL-16)
        "company_explanation",  # one explanation for the whole company is needed (MALL-19)
        "legal_liability",  # somebody may be liable at law (MALL-20)
        "injury",
        "press",
        "installed",  # the goods were installed (AUTO-43)
        "car_wash",  # the car wash did it (AUTO-43)
        "repeat",  # an earlier complaint about the same is linked
        "received_by_operations",  # operations staff took it down (CLUB-37)
        "received_by_therapist",  # a therapist took it down (CLUB-38)
        "cannot_explain",  # whoever was asked first cannot explain it (TELE-06)
        "emergency",  # it cannot wait for the chain of command (CLUB-36, PROP-10, STAF-35)
        "loss_unclear",  # something is lost and nobody can say by whose fault (CLUB-18)
        "wide_outage",  # more users than the organisation's limit are cut off (Q31)
        "ruling_needed",  # coordination is not enough (TELE-24)
        "authority_registered",  # the authority verified and registered it (PROP-03)
        "association_recorded",  # it entered the association's file (PROP-11)
        "major",  # worth a look after some time (RETL-34)
        "representative",  # stands for many like it (RETL-34)
        "public_image",  # it may become a crisis in public (RETL-35, STAF-55)
        "sensitive_data",  # it holds what needs consent (STAF-37)
        "abusive",  # whoever handles it needs protection (STAF-43)
        "outside_scope",  # it is another one's matter altogether (STAF-32)
        "facts_clear",  # nothing is left to find out (RETL-17)
        "responsibility_clear",  # nobody disputes whose fault it is (RETL-17)
        "mediation_tried",  # words were tried before money (CLUB-26)
    }
)
"""What may be known about a complaint when it is routed. Absent means: not so, as far as we
know.
"""

CLAIM_FLAGS: Final = frozenset(
    {
        "within_terms",  # the demand lies within the published terms (AUTO-42)
        "installed",
        "fault_confirmed",  # a quality fault was found (AUTO-42)
        "reworkable",  # rework solves it (AUTO-44)
        "extra_compensation",  # this claim, or one counted with it, gives more than terms or rework
        "confirmed",  # the recording unit's head confirmed the record (MALL-33)
        "injury",
        "legal_liability",
        "facts_clear",
        "responsibility_clear",
        "mediation_tried",
        "loss_unclear",
    }
)
"""What may be known about a claim when its authority is computed."""

CARRIED_FLAGS: Final = FLAGS & CLAIM_FLAGS - {"installed"}
"""What a claim knows because its complaint does."""

GOODS_FLAGS: Final = frozenset(
    {
        "opened",
        "packaging_complete",
        "proof_of_purchase",
        "misuse",
        "force_majeure",
        "within_product_warranty",
    }
)
"""What may be known about goods when the published terms are read."""

INSTALLATIONS: Final = frozenset({"none", "by_us", "by_other"})
FAULTS: Final = frozenset({"none", "quality", "mismatch"})
GRANTS: Final = frozenset({"refund", "exchange", "repair", "maintenance"})

OCCURRENCES: Final = frozenset(
    {
        "received",
        "registered",
        "confirmed",
        "custody_offered",
        "custody_accepted",
        "custody_returned",
        "reported_up",
        "assistance_asked",
        "assistance_given",
        "finding_recorded",
        "resolution_proposed",
        "resolution_accepted",
        "resolution_rejected",
        "resolution_executed",
        "promise_given",
        "promise_kept",
        "customer_told",
        "claim_proposed",
        "approval_requested",
        "approval_decided",
        "payment_due",
        "paid",
        "signed",
        "acknowledged",
        "progress_told",
        "reply_due",
        "reply_delivered",
        "service_completed",
        "callback_due",
        "callback_completed",
        "withdrawn",
        "closed",
        "reopened",
    }
)
"""What starts and stops a clock or triggers a campaign."""

GATES: Final = frozenset(
    {
        "form_complete",
        "result_recorded",
        "finding_recorded",
        "closing_questions",
        "outcome_coded",
        "cause_coded",
        "outcome_flags",
        "customer_told",
        "acceptance",
        "no_open_task",
        "no_open_approval",
        "no_open_payment",
        "no_open_signature",
        "callback",
        "copies",
    }
)
"""What the close gate may ask for. `acceptance` is met by a final answer too."""

SERVICES: Final = frozenset({"intake", "escalation", "compensation", "followup"})
REMEDY_KINDS: Final = frozenset(
    {"refund", "exchange", "repair", "rework", "maintenance", "goods", "cash", "coupon", "service"}
)

FINDING_PARTS: Final = frozenset(
    {"facts", "evidence", "responsible_party", "degree", "norm", "departments", "result"}
)
"""What a finding may have to say (RETL-22, CLUB-22)."""

FILE_PARTS: Final = frozenset({"form", "investigation", "result", "feedback"})
"""What the file of a closed case may have to hold (RETL-30)."""

EVIDENCE_KINDS: Final = frozenset(
    {"statement", "video", "sales_record", "call_record", "bill", "document", "photo", "inspection"}
)
"""What evidence may be (RETL-21, TELE-20)."""

IDENTITY: Final = frozenset({"name", "alias", "position"})
"""What a receiver may tell about themselves (CLUB-09, STAF-39)."""

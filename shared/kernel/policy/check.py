"""`findings_of`: everything wrong with a pack, alone and for an organisation. Pure; the loader
refuses on errors.
"""

from shared.kernel.policy.finding import Finding, Severity
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.posts import organisation_findings
from shared.kernel.policy.proofs import table_findings
from shared.kernel.policy.references import reference_findings

__all__ = ["Finding", "Severity", "findings_of"]


def findings_of(pack: Pack, organisation: Organisation | None = None) -> tuple[Finding, ...]:
    """References first: tables are proved only over words that exist. Errors before warnings."""
    found = list(reference_findings(pack))
    if not any(finding.severity is Severity.ERROR for finding in found):
        found += table_findings(pack)
        found += organisation_findings(pack, organisation) if organisation else ()
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))

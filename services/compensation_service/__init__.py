"""Compensation: what is given to a complainant, who may decide it, and the books about it.

Owns: one dossier per complaint (claims, approvals, promises, entitlements), delegations, ledger.
Asks: intake for the record, links and withdrawal; escalation for tier, findings and closing.
Tells: claims proposed, approvals, authorised, paid, signed, reversed; promises; closing answers.
Never knows names: the complainant is a reference, staff are opaque ids, notes live in `texts`.
"""

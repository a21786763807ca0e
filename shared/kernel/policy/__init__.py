"""What a complaint policy *is*: frozen rows over a closed vocabulary, pure decisions, and the
proofs.

`pack` holds it together; `intake`, `escalation`, `compensation` and `followup` are the sections,
one per service; `organisation` is the tree a pack is applied to. Numbers and tables come from
`policies/` as data.
"""

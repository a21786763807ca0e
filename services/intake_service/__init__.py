"""Intake (受理): the record of what a customer said, and the only keeper of who said it.

Owns complaints, the vault of particulars, contacts, evidence, links, customers and visits.
Asks the pack for channels, kinds, forms, confirmation and repeats.
Tells `kesu.intake.events`: registered, confirmed, classified, amended, linked, withdrawn.
Hears escalation, compensation and followup, and keeps their word as `standing`.
"""

"""Escalation (分級處理): who must act on a complaint now, until when, and what came of it.

Owns: cases (tier, custody, assistance, clocks, findings, resolutions, closing), units and persons.
Asks: intake, compensation and followup whether a case may close; each answers for its own part.
Tells: opened, routed, offered, accepted, returned, escalated, clocks, findings, closing.
Hears: intake (registered … withdrawn), compensation (claims), followup (told, dissatisfied).
"""

"""Followup 回訪: what we owe the complainant after the first word, and whether it was paid.

Owns: acknowledgement, progress and result notices, the written reply to the hotline, callbacks.
Asks: staff by HTTP; intake, escalation and compensation by their facts; due moments by its timers.
Tells: notice sent, reply delivered, callback due, attempted, completed, excluded, overdue,
satisfaction recorded, dissatisfied, obligation owed, warned, met, overdue; may it close.
"""

"""Insights 統計: what is due, late, waiting; what happened; how much of it; what is to change.

Owns: queue, timeline, counts and calls, projected from all facts; corrective actions of its own.
Asks: staff by HTTP; every service (its own facts too) through the topics; due moments.
Tells: corrective action opened, overdue, closed.
"""

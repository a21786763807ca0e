"""Insights' pure part: how facts fold into a queue entry, and corrective actions."""

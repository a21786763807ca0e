"""Laws: what holds after every sequence of steps, searched for by Hypothesis.

Where a law is about writing, the steps run on a real PostgreSQL and a small model in Python says
what must be there afterwards (reliability.md §2.3, §3). KESU_LAWS=long searches much longer.
"""

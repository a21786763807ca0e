"""One origin in front of five services: routes prefixes, adds nothing, remembers nothing.

For the embedded runtime. In compose and Kubernetes a kept reverse proxy does the same work.
"""

"""One complaint across all services, as an auditor reads it. Reads; changes nothing."""

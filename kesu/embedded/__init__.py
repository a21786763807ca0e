"""PostgreSQL and a Kafka-protocol broker as ordinary children, where nothing else is installed."""

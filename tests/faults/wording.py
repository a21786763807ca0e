"""What the page of guarantees says in words: its head, the promises, the rows of the matrix."""

HEAD = """# What holds, and how it was shown

Made by `python -m tests.faults.guarantees` from the lines that recorded runs left in
`docs/guarantees/`. A round puts real load on a whole Kesu (five services, the gateway,
PostgreSQL, the broker), strikes faults at it, several at once, heals them, waits until
nothing is on its way, and asks an oracle that reads databases, topics, logs and the clients'
books. `make faults` strikes a draw over the rows that every change is held against,
`make faults-long` everything three times, `make faults-rest` what the record has not three times
yet, `make soak` goes on for as long as one likes. That the oracle
can convict is shown by `tests/faults/test_oracle.py` (damaged histories) and
`tests/faults/test_mutants.py` (variants of Kesu with a classical bug each).

Rounds that were stopped left no line. Rounds that broke a promise are counted apart, with their
cause, at the end; what was found is in [defects](guarantees/defects.md).
"""
PROMISES = {
    "I1": "every registration answered with 2xx is exactly one complaint",
    "I2": "every record of a topic is one committed journal row, byte for byte",
    "I3": "every committed fact reached its topic and had its effect at each listener once",
    "I4": "the facts of an aggregate come in order, without a gap",
    "I5": "nothing is paid twice or beyond authority",
    "I6": "the ledger balances",
    "I7": "every step of a clock happens once, none after the end",
    "I8": "the history is the one that was written",
    "I9": "every hotline ticket is answered and is one complaint",
    "I10": "the read models say what the facts say",
    "I11": "strangers are refused, also while things break",
    "I12": "no name, phone or word of a customer is where it does not belong",
    "I13": "after a fault everything drains",
    "I14": "an answer is true and stays true under the same key",
}
ROWS = {
    "F1": "a door's process ends around its commit",
    "F2": "the relay's process ends around a batch",
    "F3": "the consumer's process ends around a batch",
    "F4": "the timers' process ends around a firing",
    "F7": "a process stands still for three leases and wakes",
    "F8": "a process is started again, in order or not",
    "F9": "PostgreSQL restarts under load",
    "F10": "sessions are terminated",
    "F11": "the outcome of a commit is unknown",
    "F12": "deadlocks and lock time-outs",
    "F13": "the connection pool is exhausted",
    "F14": "a disk is full",
    "F15": "a long transaction in another schema",
    "F16": "a long snapshot over dead rows",
    "F17": "a forgotten prepared transaction",
    "F18": "the broker is away",
    "F19": "the broker refuses to take records",
    "F20": "the broker is slow",
    "F21": "Kafka is lost altogether",
    "F22": "a topic is cut before it was read",
    "F23": "a producer is fenced or out of sequence",
    "F24": "every record is delivered again and again",
    "F25": "records of one key come in another order",
    "F26": "poison in the topics",
    "F27": "an operator releases or discards what is parked",
    "F28": "a slow consumer under a burst",
    "F29": "members join and leave, two on one partition",
    "F30": "the network is cut, one way or both",
    "F31": "loss, a slow link, resets",
    "F32": "a service's clock is wrong",
    "F33": "the database's clock jumps",
    "F35": "thousands of moments fall due in the same second (100 000: `make bench-stampede`)",
    "F36": "the hotline's carrier repeats, reorders, forges",
    "F39": "a migration under load",
}

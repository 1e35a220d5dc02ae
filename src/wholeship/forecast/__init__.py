"""What a workflow will take: minutes, gigabytes, and where each figure comes from.

``shape`` says what runs in a scenario, ``figures`` how long each thing takes and how sure that is,
``history`` makes figures of past runs, ``estimate`` puts them together, ``ledger`` remembers how
good earlier estimates were.
"""

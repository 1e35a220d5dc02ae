"""The world in memory, public: a registry that serves and faults, a builder, a clock.

Each double is held to the same contract tests as the real part.
"""

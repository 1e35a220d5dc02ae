"""From a workflow to its abstract runs: scenarios, matrices, calls and composite actions, step by step."""

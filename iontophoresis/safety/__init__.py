"""The safety kernel: pure integer judgement of every set-point. Standard library only."""

"""The conformance cases. They import ``conformance.vocabulary`` and each other's states, and nothing else of ours."""

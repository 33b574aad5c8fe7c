"""A slow, obvious Sigma evaluator: the oracle that the engine is compared with. Shares no code with the engine.

Source: Sigma specification 2.x (rules, modifiers, correlations, filters, taxonomy); docs/sigma-exactness.md says
what was decided where the specification is silent.
"""

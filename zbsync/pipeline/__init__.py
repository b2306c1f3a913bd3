"""Floor 3, the flow: one stage per file. Stages meet in tables and never call each other.

A stage reads rows in one state, decides in `core`, writes rows in the next state, with its audit entries in the same
transaction. Below the stages stand `outbox` and `worklist` (the only writers of the two states), `wiring` and `lanes`
(the ERP), and below those `audit`, `bulk`, `doorbell` and `tally`.
"""

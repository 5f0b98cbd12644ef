"""意见反馈: what people say about the system itself, and who reads it (rules.md §1 fact 11)."""

"""Photos as facts: what they show, who took them, what became of them, and what a person should look at twice."""

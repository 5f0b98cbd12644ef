"""Time, database, web, jobs, audit and WeChat: the ground floor, without a word of the domain."""

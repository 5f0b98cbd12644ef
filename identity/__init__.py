"""Who is calling, what they may do, which areas they may see."""

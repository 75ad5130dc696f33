def check(text): return []

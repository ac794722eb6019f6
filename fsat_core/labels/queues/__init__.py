"""Queues: which clips to decide on, in which order; their kinds, the orders behind them, and saving them."""

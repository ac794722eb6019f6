"""Charts: data in, a Plotly figure or the data of curves out, aggregated so that it is small to send.

One module per topic; pages import from the modules. No colours are set here: the app's theme gives them.
"""

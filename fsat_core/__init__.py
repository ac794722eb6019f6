"""The library behind the dashboard: data set, audio, training, runs and ensembles, without any Streamlit."""

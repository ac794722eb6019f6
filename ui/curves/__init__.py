"""Learning curves on a page: how they are drawn, the component that draws them, and their data as a file."""

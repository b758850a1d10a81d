"""kttt-xl: run a province's collective-economy plan (kế hoạch kinh tế tập thể) through Excel workbooks."""

__version__ = "0.1.0"

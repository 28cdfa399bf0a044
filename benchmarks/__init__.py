"""Measures recorder-fix against grep, bare Python and other codemod tools: `python -m benchmarks`."""

"""Speed and size beside others' programs: `./dev bench [NAME...]`. The figures are explained in docs/performance.md."""

"""One module a tool: `check(folder, rules)` checks the tables of a folder as the tool's documentation advises."""

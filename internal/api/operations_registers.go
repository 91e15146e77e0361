package api

// registerOperations are the lines of the table about systems, vendors, risks and findings.
func registerOperations() []operation {
	return []operation{}
}

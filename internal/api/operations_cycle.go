package api

// cycleOperations are the lines of the table about the management system and its year.
func cycleOperations() []operation {
	return []operation{}
}

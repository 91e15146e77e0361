package web

// openRows is how many rows of mapping sets a requirement shows without folding them.
const openRows = 12

// band is what bears on a requirement in one way.
type band struct {
	role  string
	list  []bearing
	folds bool // it changes nothing, and something before it does
}

// bands splits what bears on a requirement where its role changes. What is not
// needed, and what is only suggested, folds behind what counts.
func bands(list []bearing) []band {
	var out []band
	for _, b := range list {
		if n := len(out); n == 0 || out[n-1].role != b.Role {
			out = append(out, band{role: b.Role, folds: n > 0 && (b.Role == "also" || b.Role == "suggested")})
		}
		last := &out[len(out)-1]
		last.list = append(last.list, b)
	}
	return out
}
